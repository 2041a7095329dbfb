import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import { toolError } from "../../../system/run.ts";

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
  /** Takes conmon's pid out of the daemon's control group before it starts anything. */
  readonly adopt: (pid: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Starts conmon, which makes the container and stays. Resolves with init's pid once `crun create` is done; throws with
 * crun's words when it failed.
 */
export async function startMonitor({ command, log, directory, adopt, signal }: MonitorRequest): Promise<number> {
  const [file = "", ...args] = command;
  await using messages = await open(log, "a", 0o600);
  const child = spawn(file, args, {
    stdio: ["ignore", "ignore", messages.fd, "pipe", "pipe"],
    env: { ...toolEnvironment, _OCI_SYNCPIPE: "3", _OCI_STARTPIPE: "4" },
    cwd: directory,
    detached: true,
  });
  try {
    await once(child, "spawn");
    const sync = child.stdio[3] as Readable;
    const start = child.stdio[4] as Writable;
    start.on("error", () => undefined);
    if (child.pid !== undefined) await adopt(child.pid);
    start.end("\0");
    const report = await firstLine(sync, AbortSignal.any([signal, AbortSignal.timeout(createBound)]));
    return parseReport(report);
  } catch (error) {
    if (error instanceof LodgeError) throw error;
    throw toolError(file, [], error, "instance_start_failed");
  } finally {
    closePipes(child);
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

/** conmon keeps its ends as long as it lives; ours would keep the daemon from ending. */
function closePipes(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}
