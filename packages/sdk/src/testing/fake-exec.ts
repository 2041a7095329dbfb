import { once } from "node:events";
import type { ExecPost } from "@lodge/api";
import type { FakeOperations } from "./fake-operations.ts";
import type { FakeReply } from "./fake-server.ts";

/**
 * A pretended exec. Commands: `echo WORDS`, `cat` (standard input to its end), `fail N` (a line on standard error,
 * status N), `size` (terminal size, then the next resize), `signal` (the number of the first signal as status).
 */
export function serveExec(operations: FakeOperations, instance: string, request: ExecPost): FakeReply {
  const names = request.interactive ? ["0", "control"] : ["0", "1", "2", "control"];
  const work = async () => {
    const control = await operations.socket("control");
    const messages: string[] = [];
    control.on("message", (data) => messages.push(String(data)));
    const input = await operations.socket("0");
    const typed: Buffer[] = [];
    const inputEnded = new Promise<void>((resolve) => {
      input.on("message", (data, binary) => (binary ? typed.push(data as Buffer) : resolve()));
      input.on("close", () => resolve());
    });
    const output = request.interactive ? input : await operations.socket("1");
    const errors = request.interactive ? input : await operations.socket("2");
    const nextMessage = async () => {
      if (messages.length === 0) await once(control, "message");
      return JSON.parse(messages.shift() ?? "{}");
    };
    const end = (status: number) => {
      control.close();
      for (const socket of new Set([output, errors])) {
        socket.send("", { binary: false });
        socket.close();
      }
      return { return: status };
    };
    const print = (text: string) => output.send(Buffer.from(text), { binary: true });
    const [program = "", ...words] = request.command;
    switch (program) {
      case "echo":
        print(`${words.join(" ")}\n`);
        return end(0);
      case "cat":
        await inputEnded;
        print(Buffer.concat(typed).toString());
        return end(0);
      case "fail":
        errors.send(Buffer.from("it failed\n"), { binary: true });
        return end(Number(words[0]));
      case "size": {
        print(`${request.width}x${request.height}\n`);
        const { args } = await nextMessage();
        print(`${args.width}x${args.height}\n`);
        return end(0);
      }
      case "signal":
        print("waiting\n");
        return end((await nextMessage()).signal);
      default:
        return end(127);
    }
  };
  return operations.start("Executing command", instance, work, names);
}
