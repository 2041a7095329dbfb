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
  const over = new AbortController();
  // It may end before anybody reads it.
  session.stream.on("error", () => {});
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    // From now on, for a client that goes away before it has connected the other.
    const detached = sockets.connected("control").then((control) => {
      obeyControl(control, session, log);
      return closed(control);
    });
    const connecting = sockets.require(["0"], AbortSignal.any([signal, over.signal]));
    const [data] = (await Promise.race([connecting, detached])) ?? [];
    if (!data) return;
    receiveStream(data, session.stream, () => {});
    const printed = sendStream(session.stream, data);
    await Promise.race([printed, closed(data), detached]);
    sendEnd(data);
  } finally {
    over.abort();
    signal.removeEventListener("abort", end);
    session.stream.destroy();
    session.close();
  }
}
