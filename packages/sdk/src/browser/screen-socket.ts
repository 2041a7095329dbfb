import { Rest } from "../rest.ts";
import { openSessionSockets } from "../terminal-session.ts";
import type { Transport } from "../transport.ts";

export interface ScreenSocket {
  /** Path and query of a websocket on which the machine's screen speaks RFB (VNC). */
  readonly path: string;
  /** Ends the session, and with it the websocket. Idempotent. */
  close(): void;
}

/** Has the daemon offer a VM's screen, for a viewer that opens the websocket by itself. */
export async function openScreenSocket(
  transport: Transport,
  instance: string,
  project?: string,
): Promise<ScreenSocket> {
  const rest = new Rest(transport, project);
  const url = `/1.0/instances/${encodeURIComponent(instance)}/console`;
  const operation = await rest.start("POST", url, { body: { type: "vga" } });
  const { fds } = operation.started.metadata as { fds: Readonly<Record<string, string>> };
  const sockets = await openSessionSockets(rest, operation, ["control"]);
  sockets.get("control")?.resume();
  return {
    path: `/1.0/operations/${operation.id}/websocket?secret=${encodeURIComponent(fds["0"] ?? "")}`,
    close: () => sockets.get("control")?.close(),
  };
}
