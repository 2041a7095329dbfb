import type { RawData, WebSocket } from "ws";

/** Bytes that may wait for one side before the other has to. */
const waiting = 1 << 20;

/** Hands on what either of two open websockets says, no faster than the other takes it. Both end with one of them. */
export function joinSockets(one: WebSocket, other: WebSocket): void {
  handOn(one, other);
  handOn(other, one);
}

function handOn(from: WebSocket, to: WebSocket): void {
  from.on("message", (data: RawData, binary: boolean) => {
    if (to.readyState !== to.OPEN) return;
    to.send(data, { binary }, () => from.resume());
    if (to.bufferedAmount > waiting) from.pause();
  });
  from.on("close", () => {
    to.resume();
    to.close();
  });
  from.resume();
}
