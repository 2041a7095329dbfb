import { fchownSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import type { ExecRequest, ExecSession } from "@lodge/core";
import { streamOfDescriptor } from "../../../system/descriptor-stream.ts";
import { createPipe, openNull } from "../../../system/pipe.ts";
import { signalProcess } from "../../../system/process.ts";
import { foregroundGroup, listenForTerminal, resizeTerminal } from "../../../system/terminal.ts";
import { type Execution, type ExecutionRequest, startExecution } from "./execution.ts";

const SIGINT = 2;
const SIGQUIT = 3;
const SIGKILL = 9;
const SIGTSTP = 20;
/** What a terminal's keys send, and to whom: the group in its foreground. */
const keyboardSignals = new Set([SIGINT, SIGQUIT, SIGTSTP]);

type Request = Omit<ExecutionRequest, "stdio" | "consoleSocket">;

/** Host ids. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** `exec` without a terminal: three real pipes, which belong to the command's user, who can open /dev/stdout then. */
export async function execWithPipes(request: Request, owner: Owner): Promise<ExecSession> {
  const [input, output, errors] = [createPipe(), createPipe(), createPipe()];
  for (const { read } of [input, output, errors]) fchownSync(read, owner.uid, owner.gid);
  const stdin = new Socket({ fd: input.write, readable: false, writable: true });
  const stdout = new Socket({ fd: output.read, readable: true, writable: false });
  const stderr = new Socket({ fd: errors.read, readable: true, writable: false });
  const streams = [stdin, stdout, stderr];
  // The command may end or close its input while somebody still writes.
  stdin.on("error", () => undefined);
  const execution = await startExecution({ ...request, stdio: [input.read, output.write, errors.write] });
  return {
    stdin,
    stdout,
    stderr,
    resize: () => undefined,
    signal: (signal) => void sendSignal(execution, signal),
    exit: execution.exit,
    close() {
      void sendSignal(execution, SIGKILL).finally(() => {
        for (const stream of streams) stream.destroy();
      });
    },
  };
}

/**
 * `exec` in a terminal, which the container's own devpts gives and crun hands over through a socket. crun lets the command
 * go without waiting for the size: on a busy host one that looks at once may see none yet, and is told of it by SIGWINCH.
 */
export async function execWithTerminal(
  request: Request,
  size: NonNullable<ExecRequest["terminal"]>,
  socketPath: string,
): Promise<ExecSession> {
  const socket = listenForTerminal(socketPath);
  let execution: Execution;
  let master: number | undefined;
  try {
    execution = await startExecution({
      ...request,
      stdio: [openNull(), openNull(), openNull()],
      consoleSocket: socketPath,
    });
    void execution.exit.then(() => socket.close());
    master = await socket.receive();
  } finally {
    await socket.close();
  }
  if (master === undefined) return await endedAtOnce(execution);
  resizeTerminal(master, size.columns, size.rows);
  return terminalSession(execution, master);
}

function terminalSession(execution: Execution, master: number): ExecSession {
  const terminal = streamOfDescriptor(master);
  return {
    stdin: terminalInput(terminal),
    stdout: terminalOutput(terminal),
    resize(columns, rows) {
      if (!terminal.destroyed) resizeTerminal(master, columns, rows);
    },
    signal(signal) {
      const group = !terminal.destroyed && keyboardSignals.has(signal) ? foregroundGroup(master) : 0;
      if (group > 0) process.kill(-group, signal);
      else void sendSignal(execution, signal);
    },
    exit: execution.exit,
    close() {
      // Killed before the terminal hangs up: a hang-up can be ignored, or end the command in another way.
      void sendSignal(execution, SIGKILL).finally(() => terminal.destroy());
    },
  };
}

/** A terminal has no end of input: what asks for one closes nothing. */
function terminalInput(terminal: Socket): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      if (terminal.destroyed) done();
      else terminal.write(chunk, () => done());
    },
  });
}

/** Ends, whatever the terminal ends with: it says EIO when no program holds it any more. */
function terminalOutput(terminal: Socket): Readable {
  const output = new Readable({
    read: () => void terminal.resume(),
    destroy(error, done) {
      terminal.destroy();
      done(error);
    },
  });
  terminal.on("data", (chunk) => {
    if (!output.push(chunk)) terminal.pause();
  });
  terminal.on("error", () => undefined);
  terminal.on("close", () => output.push(null));
  return output;
}

/** crun failed, and made no terminal. */
function endedAtOnce(execution: Execution): ExecSession {
  const nothing = () => undefined;
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from([]),
    resize: nothing,
    signal: nothing,
    exit: execution.exit,
    close: nothing,
  };
}

/** Reaches the command once crun has started it; one that has ended is no error. */
async function sendSignal(execution: Execution, signal: number): Promise<void> {
  try {
    const process = await execution.process();
    if (process) await signalProcess(process, signal);
  } catch {
    // crun did not start it in time; then its exit tells.
  }
}
