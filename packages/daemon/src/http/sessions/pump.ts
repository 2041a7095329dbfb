/** Moves bytes between streams and websockets, never faster than the slower side takes them. */
import type { Readable, Writable } from "node:stream";
import type { WebSocket } from "@fastify/websocket";

/** Bytes that may wait in a socket before its source has to. */
const socketBuffer = 256 * 1024;

/** Told when a piece is on its way to the client, and when it has gone. */
export interface Traffic {
  busy(): void;
  idle(): void;
}

/** Sends a stream as binary frames until it ends. When the client is gone the rest is read and dropped, so that its writer is not held up. */
export async function sendStream(from: Readable, to: WebSocket, traffic?: Traffic): Promise<void> {
  try {
    for await (const piece of from) {
      traffic?.busy();
      await send(to, piece);
      traffic?.idle();
    }
  } catch {
    // The source was cut off: what it had has been sent.
  }
}

async function send(to: WebSocket, piece: Buffer): Promise<void> {
  if (to.readyState !== to.OPEN) return;
  const sent = new Promise<void>((resolve) => to.send(piece, { binary: true }, () => resolve()));
  if (to.bufferedAmount > socketBuffer) await sent;
}

/** Says that nothing follows: an empty text frame. */
export function sendEnd(to: WebSocket): void {
  if (to.readyState === to.OPEN) to.send("");
}

/** Writes every frame to a stream; an empty text frame calls `ended`. Takes the socket: unpauses it. */
export function receiveStream(from: WebSocket, to: Writable, ended: () => void): void {
  // Writing to what has ended inside the instance is the client's loss, not a fault.
  to.on("error", () => {});
  to.on("close", () => from.resume());
  from.on("message", (data, isBinary) => {
    const bytes = bytesOf(data);
    if (!isBinary && bytes.length === 0) return ended();
    if (to.destroyed || to.writableEnded || to.write(bytes)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  from.resume();
}

export function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** Resolves when the socket is closed, by whomever. */
export function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
