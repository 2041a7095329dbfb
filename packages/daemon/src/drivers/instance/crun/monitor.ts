import { closeSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import { createPipe, openNull } from "../../../system/pipe.ts";
import { toolError } from "../../../system/run.ts";
import { startLasting } from "../../../system/spawn/lasting-process.ts";
import { isMissing } from "../../../system/spawn/posix-spawn.ts";

/** Milliseconds until `crun create` has answered. */
const createBound = 30_000;
/** Nothing of the daemon's own environment (its notify socket, say) goes to what it starts. */
export const toolEnvironment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

export interface MonitorRequest {
  readonly command: readonly string[];
  /** Receives conmon's own messages. */
  readonly log: string;
  /** Where it runs: it leaves a file `oom` there when the kernel kills in the container. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Starts conmon, which makes the container and stays. Resolves with init's pid once `crun create` is done; throws with
 * crun's words when it failed.
 */
export async function startMonitor({ command, log, directory, signal }: MonitorRequest): Promise<number> {
  const [file = "", ...args] = command;
  await using messages = await open(log, "a", 0o600);
  const [sync, start] = [createPipe(), createPipe()];
  const answer = new Socket({ fd: sync.read, readable: true, writable: false });
  try {
    startConmon({ file, args, directory, messages: messages.fd, theirs: [sync.write, start.read] });
    begin(start.write);
    return parseReport(await firstLine(answer, AbortSignal.any([signal, AbortSignal.timeout(createBound)])));
  } catch (error) {
    if (error instanceof LodgeError) throw error;
    throw toolError(file, [], isMissing(error) ? { code: "ENOENT" } : error, "instance_start_failed");
  } finally {
    // conmon keeps its ends as long as it lives; ours would keep the daemon from ending.
    answer.destroy();
    closeSync(start.write);
  }
}

interface ConmonRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** For its messages; stays open. */
  readonly messages: number;
  /** Its ends of the two pipes; closed here. */
  readonly theirs: readonly [number, number];
}

function startConmon({ file, args, directory, messages, theirs }: ConmonRequest): void {
  const none = openNull();
  try {
    const env = { ...toolEnvironment, _OCI_SYNCPIPE: "3", _OCI_STARTPIPE: "4" };
    startLasting({ file, args, env, cwd: directory, streams: [none, none, messages], inherited: theirs });
  } finally {
    for (const descriptor of [none, ...theirs]) closeSync(descriptor);
  }
}

function begin(start: number): void {
  try {
    writeSync(start, "\0");
  } catch {
    // It has ended, and answers nothing.
  }
}

/** What conmon writes to its sync pipe: `{"data": PID}` or `{"data": -1, "message": "…"}`. */
export function parseReport(line: string): number {
  let report: { data?: unknown; message?: unknown } = {};
  try {
    report = JSON.parse(line) as typeof report;
  } catch {
    // An empty answer: conmon died. Its log says more than this line.
  }
  if (typeof report.data === "number" && report.data > 0) return report.data;
  const words = typeof report.message === "string" ? report.message.trim() : "conmon ended without an answer";
  throw new LodgeError({ code: "instance_start_failed", message: `crun could not make the container: ${words}` });
}

async function firstLine(stream: Readable, signal: AbortSignal): Promise<string> {
  let text = "";
  const abort = () => stream.destroy(new Error("conmon did not answer in time, or the start was cancelled"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    for await (const chunk of stream.setEncoding("utf8")) {
      text += chunk;
      if (text.includes("\n")) break;
    }
    return text;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
