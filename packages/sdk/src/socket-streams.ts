import { Readable, Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";

/** What a data websocket brings: binary frames are bytes; an empty text frame, or the close, is the end. */
export function readableOf(socket: WebSocket): Readable {
  const readable = new Readable({
    read: () => socket.resume(),
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  let ended = false;
  const end = () => {
    if (!ended) readable.push(null);
    ended = true;
  };
  socket.on("message", (data: RawData, binary: boolean) => {
    const bytes = data as Buffer;
    if (!binary && bytes.length === 0) end();
    else if (!ended && !readable.push(bytes)) socket.pause();
  });
  socket.on("close", end);
  return readable;
}

/** A data websocket to write to. What is written after the other side has closed is dropped, as a shell's pipe is. */
export function writableOf(socket: WebSocket): Writable {
  const send = (data: Buffer | string, binary: boolean, done: () => void) => {
    if (socket.readyState === socket.OPEN) socket.send(data, { binary }, () => done());
    else done();
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => send(chunk, true, done),
    final: (done) => send("", false, done),
  });
}
