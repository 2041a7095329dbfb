import { Duplex } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { Rest } from "./rest.ts";
import { readableOf, writableOf } from "./socket-streams.ts";
import { openSessionSockets } from "./terminal-session.ts";

/** The screen of a VM, for as long as the session is open. */
export interface ScreenSession {
  /** Connects a viewer, with the server's side of RFB (VNC) on the stream. As often as one likes; each ends with the VM's run. */
  view(): Promise<Duplex>;
  /** Resolves when the daemon has ended the session. */
  readonly ended: Promise<void>;
  /** Ends the session and every viewer's connection. Idempotent. */
  close(): void;
}

/** `POST /1.0/instances/NAME/console` of type `vga`. */
export async function openScreen(rest: Rest, instance: string): Promise<ScreenSession> {
  const operation = await rest.start("POST", `/1.0/instances/${instance}/console`, { body: { type: "vga" } });
  const { fds, protocol } = operation.started.metadata as { fds: Record<string, string>; protocol?: string };
  if (protocol !== "rfb") {
    const message = `lodged shows screens by "${protocol ?? "SPICE"}" and not by VNC; do client and daemon have the same version?`;
    throw new LodgeError({ code: "not_supported", message });
  }
  const sockets = await openSessionSockets(rest, operation, ["control"]);
  const control = sockets.get("control");
  if (!control) throw new LodgeError({ code: "internal", message: "lodged offered no control of the screen." });
  const ended = new Promise<void>((resolve) => control.once("close", () => resolve()));
  control.resume();
  return {
    view: async () => {
      const secret = fds["0"] ?? "";
      const socket = await rest.openWebSocket(`/1.0/operations/${operation.id}/websocket`, { secret });
      return Duplex.from({ readable: readableOf(socket), writable: writableOf(socket) });
    },
    ended,
    close: () => control.close(),
  };
}
