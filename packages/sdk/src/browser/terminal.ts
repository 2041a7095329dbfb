import { LodgeError } from "@lodge/api/errors";
import { Rest } from "../rest.ts";
import { Control, openSessionSockets } from "../terminal-session.ts";
import type { Transport } from "../transport.ts";

export interface TerminalOptions {
  readonly instance: string;
  readonly project?: string | undefined;
  readonly columns: number;
  readonly rows: number;
  /** Missing: what the instance's console shows. */
  readonly command?: readonly string[];
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly onEnd: () => void;
}

export interface TerminalSession {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Ends it; a command is killed then. Idempotent. */
  close(): void;
}

/** A command on a terminal inside an instance, or its console. */
export async function openTerminal(transport: Transport, options: TerminalOptions): Promise<TerminalSession> {
  const { instance, project, columns: width, rows: height, command } = options;
  const rest = new Rest(transport, project);
  const url = `/1.0/instances/${encodeURIComponent(instance)}`;
  const exec = { command, "wait-for-websocket": true, interactive: true, environment: { TERM: "xterm-256color" } };
  const operation = command
    ? await rest.start("POST", `${url}/exec`, { body: { ...exec, width, height } })
    : await rest.start("POST", `${url}/console`, { body: { type: "console", width, height } });
  const sockets = await openSessionSockets(rest, operation, ["control", "0"]);
  const [control, data] = [sockets.get("control"), sockets.get("0")];
  if (!control || !data) throw new LodgeError({ code: "internal", message: "lodged offered no stream." });
  const commands = new Control(control);
  const encoder = new TextEncoder();
  data.on("message", (bytes, binary) => {
    if (binary) options.onOutput(bytes as unknown as Uint8Array);
  });
  data.once("close", () => options.onEnd());
  data.resume();
  return {
    write: (text) => {
      if (data.readyState === data.OPEN) data.send(encoder.encode(text));
    },
    resize: (columns, rows) => commands.resize(columns, rows),
    close: () => {
      for (const socket of sockets.values()) socket.close();
    },
  };
}
