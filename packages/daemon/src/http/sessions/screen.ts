import type { Duplex } from "node:stream";
import type { WebSocket } from "@fastify/websocket";
import type { Log } from "@lodge/core";
import { closed, receiveStream, sendStream } from "./pump.ts";
import type { SocketSet } from "./socket-set.ts";

export const screenSockets: readonly string[] = ["0", "control"];

/**
 * Shows a screen to every client that opens `0`, as often as they like, until `control` is closed. So a viewer may come again when
 * the guest has been restarted.
 */
export async function runScreen(
  view: () => Promise<Duplex>,
  sockets: SocketSet,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  sockets.receiveEach("0", (socket) => {
    showScreen(view, socket).catch((error: unknown) => {
      log.warn({ err: error }, "cannot show a screen");
      socket.resume();
      socket.close(1011, "the screen cannot be shown");
    });
  });
  signal.throwIfAborted();
  const cancelled = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await Promise.race([controlClosed(sockets), cancelled]);
}

async function controlClosed(sockets: SocketSet): Promise<void> {
  const [control] = await sockets.require(["control"]);
  if (!control) return;
  control.resume();
  await closed(control);
}

async function showScreen(view: () => Promise<Duplex>, socket: WebSocket): Promise<void> {
  const stream = await view();
  try {
    receiveStream(socket, stream, () => {});
    await Promise.race([sendStream(stream, socket), closed(socket)]);
  } finally {
    stream.destroy();
    socket.close(1000);
  }
}
