import type { WebSocket } from "@fastify/websocket";
import { type ControlMessage, controlMessageSchema } from "@lodge/api";
import type { Log } from "@lodge/core";
import { bytesOf } from "./pump.ts";

/** Obeys a control socket. What cannot be understood is passed over: newer clients may know more. */
export function obeyControl(
  socket: WebSocket,
  session: { resize(columns: number, rows: number): void; signal?(signal: number): void },
  log: Log,
): void {
  socket.on("message", (data) => {
    const message = parseControl(bytesOf(data).toString("utf8"));
    if (message === undefined) log.debug({}, "control message not understood");
    else if (message.command === "signal") session.signal?.(message.signal);
    else session.resize(message.args.width, message.args.height);
  });
  socket.resume();
}

export function parseControl(text: string): ControlMessage | undefined {
  try {
    return controlMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
