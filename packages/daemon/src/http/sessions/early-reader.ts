import { PassThrough, type Readable } from "node:stream";
import type { ExecSession } from "@lodge/core";

/**
 * Begins to read a session's output before its client is there. A process whose output nobody reads when it ends may have it
 * thrown away (Node does that to its children's pipes), and the client connects only after the command has begun.
 */
export function readEarly(session: ExecSession): ExecSession {
  const { stdin, exit, endsOutput } = session;
  return {
    stdin,
    ...(endsOutput && { endsOutput }),
    stdout: early(session.stdout),
    ...(session.stderr && { stderr: early(session.stderr) }),
    exit,
    resize: (columns, rows) => session.resize(columns, rows),
    signal: (signal) => session.signal(signal),
    close: () => session.close(),
  };
}

function early(source: Readable): Readable {
  const waiting = new PassThrough();
  source.pipe(waiting);
  // Cut off or broken: what has been read is still the client's.
  source.on("error", () => waiting.end());
  source.on("close", () => waiting.end());
  waiting.on("close", () => source.destroy());
  return waiting;
}
