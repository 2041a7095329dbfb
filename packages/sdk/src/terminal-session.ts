import type { Operation } from "@lodge/api";
import type { WebSocket } from "ws";
import type { Rest } from "./rest.ts";
import { isFinal, type RunningOperation, settle } from "./running-operation.ts";

/** The `control` websocket of an exec or console session. */
export class Control {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.resume();
  }

  resize(columns: number, rows: number): void {
    // Numbers travel as strings here: that is the reference's form.
    this.#send({ command: "window-resize", args: { width: String(columns), height: String(rows) } });
  }

  signal(signal: number): void {
    this.#send({ command: "signal", signal });
  }

  #send(message: unknown): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** Opens the websockets of a session: the first of the names given, `control`, before the others, which follow together. */
export async function openSessionSockets(
  rest: Rest,
  operation: RunningOperation,
  names: readonly string[],
): Promise<Map<string, WebSocket>> {
  const secrets = operation.started.metadata.fds as Readonly<Record<string, string>>;
  const sockets = new Map<string, WebSocket>();
  const open = async (name: string) => {
    const secret = secrets[name];
    if (secret === undefined) return;
    sockets.set(name, await rest.openWebSocket(`/1.0/operations/${operation.id}/websocket`, { secret }));
  };
  const [first = "", ...others] = names;
  try {
    await open(first);
    const opened = await Promise.allSettled(others.map(open));
    for (const each of opened) if (each.status === "rejected") throw each.reason;
    return sockets;
  } catch (error) {
    for (const socket of sockets.values()) socket.terminate();
    throw await reasonOf(rest, operation.id, error);
  }
}

/** A websocket is refused when its operation has failed already: then the operation knows why. */
async function reasonOf(rest: Rest, id: string, error: unknown): Promise<unknown> {
  const operation = await rest.get<Operation>(`/1.0/operations/${id}`).catch(() => undefined);
  if (!operation || !isFinal(operation)) return error;
  try {
    settle(operation);
    return error;
  } catch (reason) {
    return reason;
  }
}
