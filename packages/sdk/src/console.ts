import { Duplex } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { Rest } from "./rest.ts";
import { readableOf, writableOf } from "./socket-streams.ts";
import { Control, openSessionSockets } from "./terminal-session.ts";

/** The serial console of a VM or the terminal of a container's init. */
export interface ConsoleSession {
  /** Its readable side ends when the instance stops or the daemon goes. */
  readonly stream: Duplex;
  resize(columns: number, rows: number): void;
  /** Leaves the console; the instance does not notice. Idempotent. */
  close(): void;
}

export interface ConsoleOptions {
  readonly columns?: number;
  readonly rows?: number;
}

/** `POST /1.0/instances/NAME/console` and its websockets. */
export async function attachConsole(rest: Rest, instance: string, options: ConsoleOptions): Promise<ConsoleSession> {
  const operation = await rest.start("POST", `/1.0/instances/${instance}/console`, {
    body: { type: "console", width: options.columns ?? 0, height: options.rows ?? 0 },
  });
  const sockets = await openSessionSockets(rest, operation, ["control", "0"]);
  const data = sockets.get("0");
  const control = sockets.get("control");
  if (!data || !control)
    throw new LodgeError({ code: "internal", message: "lodged offered no stream for the console." });
  const commands = new Control(control);
  return {
    stream: Duplex.from({ readable: readableOf(data), writable: writableOf(data) }),
    resize: (columns, rows) => commands.resize(columns, rows),
    close: () => {
      for (const socket of sockets.values()) socket.terminate();
    },
  };
}
