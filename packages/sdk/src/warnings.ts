import type { Warning, WarningPut } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/warnings`: trouble that the daemon knows of. */
export class Warnings {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** The worst first. */
  list(): Promise<Warning[]> {
    return this.#rest.get("/1.0/warnings", { recursion: 1 });
  }

  get(uuid: string): Promise<Warning> {
    return this.#rest.get(pathOf(uuid));
  }

  async update(uuid: string, body: WarningPut): Promise<void> {
    await this.#rest.call("PUT", pathOf(uuid), { body });
  }

  async delete(uuid: string): Promise<void> {
    await this.#rest.call("DELETE", pathOf(uuid));
  }
}

const pathOf = (uuid: string): string => `/1.0/warnings/${encodeURIComponent(uuid)}`;
