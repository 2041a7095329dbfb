/** One exec session between its command and its client, in the order that LXD's clients rely on. */
import type { WebSocket } from "@fastify/websocket";
import type { ExecSession, Log } from "@lodge/core";
import { obeyControl } from "./control.ts";
import { closed, receiveStream, sendEnd, sendStream } from "./pump.ts";
import { Quiet } from "./quiet.ts";
import type { SocketSet } from "./socket-set.ts";

/** The names of a session's websockets. */
export const execSockets = (interactive: boolean): string[] =>
  interactive ? ["0", "control"] : ["0", "1", "2", "control"];

/**
 * Runs until the command has ended and all its output is with the client; returns its status. A client that goes away, or a
 * cancel, ends the command.
 */
export async function runExec(
  session: ExecSession,
  sockets: SocketSet,
  { interactive, signal, log }: { interactive: boolean; signal: AbortSignal; log: Log },
): Promise<number> {
  const end = () => session.close();
  // It may end before anybody writes to it.
  session.stdin.on("error", () => {});
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const over = new AbortController();
  try {
    const names = execSockets(interactive);
    // From now on, for a client that goes away before it has connected all of them.
    const lost = watchControl(session, sockets, log);
    // Without a terminal there may be nobody to resize or signal.
    const needed = interactive ? names : names.slice(0, -1);
    const data = await Promise.race([sockets.require(needed, AbortSignal.any([signal, over.signal])), lost]);
    if (!data) return await session.exit;
    void Promise.all(data.map(closed)).then(end);
    const [input, ...separate] = data as [WebSocket, ...WebSocket[]];
    // A terminal has no end of input: programs see ^D typed.
    receiveStream(input, session.stdin, interactive ? () => {} : () => session.stdin.end());
    // Input that breaks off must not look to the command as if it had come to its end.
    input.on("error", end);
    if (!interactive) void closed(input).then(() => session.stdin.end());
    const drained = sendOutput(session, interactive ? [input] : separate);
    const status = await session.exit;
    sockets.close("control");
    await drained();
    return status;
  } finally {
    over.abort();
    signal.removeEventListener("abort", end);
    session.close();
  }
}

/** Losing the control socket while the command runs ends it: its client is gone. Resolves then. */
async function watchControl(session: ExecSession, sockets: SocketSet, log: Log): Promise<void> {
  const socket = await sockets.connected("control");
  obeyControl(socket, session, log);
  await closed(socket);
  session.close();
}

/** Begins to send the output; the returned function resolves when all of an ended command's is with the client. */
function sendOutput(session: ExecSession, sockets: readonly WebSocket[]): () => Promise<void> {
  const sources = session.stderr ? [session.stdout, session.stderr] : [session.stdout];
  const quiet = new Quiet(() => {
    for (const source of sources) source.destroy();
  });
  const all = Promise.all(
    sources.map(async (source, i) => {
      const socket = sockets[i];
      if (!socket) return;
      socket.resume();
      await sendStream(source, socket, quiet);
      sendEnd(socket);
    }),
  );
  return async () => {
    if (!session.endsOutput) quiet.begin();
    await all;
    quiet.end();
  };
}
