import type { ConsoleSession, Log } from "@lodge/core";
import { obeyControl } from "./control.ts";
import { closed, receiveStream, sendEnd, sendStream } from "./pump.ts";
import type { SocketSet } from "./socket-set.ts";

export const consoleSockets: readonly string[] = ["0", "control"];

/** Joins a console and its client until either goes away. */
export async function runConsole(
  session: ConsoleSession,
  sockets: SocketSet,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  const end = () => session.close();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    const [data] = await sockets.require(["0"]);
    if (!data) return;
    const detached = sockets.connected("control").then((control) => {
      obeyControl(control, session, log);
      return closed(control);
    });
    receiveStream(data, session.stream, () => {});
    const printed = sendStream(session.stream, data);
    await Promise.race([printed, closed(data), detached]);
    sendEnd(data);
  } finally {
    signal.removeEventListener("abort", end);
    session.stream.destroy();
    session.close();
  }
}
