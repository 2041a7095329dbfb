/** Commands, consoles and screens that are programs of the test. */

import { Duplex, PassThrough, Readable } from "node:stream";
import { type ConsoleSession, type ExecSession } from "@lodge/core";

/** What a test's command sees of its session. */
export interface FakeProcess {
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  readonly resizes: [number, number][];
  readonly signals: number[];
  /** Resolves when the session is closed. */
  readonly killed: Promise<void>;
}

/** A command: a function that reads, writes and returns its exit status. Killed, it ends with 137. */
export function fakeExec(
  program: (process: FakeProcess) => Promise<number>,
  terminal = false,
): ExecSession & { process: FakeProcess; closes: number } {
  const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
  const process: FakeProcess = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    resizes: [],
    signals: [],
    killed,
  };
  const closeOutput = () => {
    process.stdout.end();
    process.stderr.end();
  };
  let ended = false;
  const exit = Promise.race([program(process), killed.then(() => 137)]).finally(() => {
    ended = true;
  });
  void exit.then(closeOutput);
  const session = {
    process,
    closes: 0,
    stdin: process.stdin,
    stdout: process.stdout,
    ...(!terminal && { stderr: process.stderr }),
    resize: (columns: number, rows: number) => void process.resizes.push([columns, rows]),
    signal: (signal: number) => void process.signals.push(signal),
    exit,
    close() {
      session.closes += 1;
      if (!ended) kill();
    },
  };
  return session;
}

export function fakeConsole(): ConsoleSession {
  const input = new PassThrough();
  const stream = Duplex.from({ readable: Readable.from(input), writable: input });
  return { stream, resize() {}, close: () => void stream.destroy() };
}

/** Greets as a VNC server does, then sends back what it is sent. */
export function fakeScreen(): Duplex {
  const echo = new PassThrough();
  echo.write("RFB 003.008\n");
  return echo;
}
