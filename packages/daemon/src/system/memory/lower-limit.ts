import { readControl, writeControl } from "../cgroup-tree.ts";
import { capture } from "../spawn/capture.ts";

/** Milliseconds that the kernel may take to make room. */
const patience = 1_000;

/**
 * Both writes are one program's, with nothing between them: the kernel returns from the first when it has made room and taken the low limit, or
 * has refused it, and microseconds later the limit is what it was, whatever became of the daemon meanwhile. A program of its own also because
 * the first may take long, and would take one of the daemon's few threads. Asked to end, it is interrupted in the first and goes on with the second.
 */
const script = 'trap : TERM; printf %s "$2" >"$1"; printf %s "$3" >"$1"';

export interface LoweredLimit {
  /** `memory.limit_in_bytes` of a group. */
  readonly file: string;
  /** Bytes. */
  readonly low: number;
  /** What it is, and what it is to be again. */
  readonly limit: string;
  /** Ends it early. */
  readonly superseded: AbortSignal;
}

/** Lowers a limit and sets it back: what the group had beyond `low` is taken, as far as it goes in time. */
export async function lowerForAMoment({ file, low, limit, superseded }: LoweredLimit): Promise<void> {
  if (superseded.aborted) return;
  const args = ["-c", script, "lodge-reclaim", file, String(low), limit];
  await capture({ file: "/bin/sh", args, env: {}, timeout: patience, signal: superseded });
  // If it was killed in between. The group may be gone.
  const left = await readControl(file);
  if (left !== undefined && left !== limit) await writeControl(file, limit);
}
