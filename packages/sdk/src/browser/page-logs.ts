import type { InstanceType } from "@lodge/api";
import { Rest } from "../rest.ts";
import type { Transport } from "../transport.ts";

/** What an instance's console printed, and what the program says that runs it. */
export class PageLogs {
  readonly #rest: Rest;
  readonly #url: string;

  constructor(transport: Transport, instance: string, project?: string) {
    this.#rest = new Rest(transport, project);
    this.#url = `/1.0/instances/${encodeURIComponent(instance)}/logs`;
  }

  async read(file: string): Promise<string> {
    const { body } = await this.#rest.raw("GET", `${this.#url}/${file}`);
    const decoder = new TextDecoder();
    let text = "";
    for await (const part of body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(part, { stream: true });
    return text + decoder.decode();
  }

  /** Of the console's alone: the other goes with the instance. */
  async clear(file: string): Promise<void> {
    await this.#rest.call("DELETE", `${this.#url}/${file}`);
  }
}

/** Those that an instance of a type has. */
export const logsOf = (type: InstanceType) =>
  [
    { file: "console.log", title: "Console" },
    type === "container" ? { file: "lxc.log", title: "crun and conmon" } : { file: "qemu.log", title: "QEMU" },
  ] as const;
