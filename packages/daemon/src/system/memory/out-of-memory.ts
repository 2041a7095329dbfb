/**
 * Whom the host's kernel kills when it finds no memory, which the governor is to prevent. What belongs to instances goes before the daemon, the
 * monitors and the rest of the host: a score (proc_pid_oom_score_adj(5)) of 500 weighs as much as half of the host's memory.
 * Raising it needs no privilege; what is inside an instance can lower it again to the daemon's own at most.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { errorCode } from "../cgroup-tree.ts";

const usualShares = 100;
const usual = 500;
/** For twice the shares. */
const step = 100;
const [least, most] = [100, 900];

/** Of an instance: who has more shares of memory goes later. */
export function outOfMemoryScore(config: Readonly<Record<string, string>>): number {
  const shares = Number(config["limits.memory.shares"] || usualShares);
  return Math.min(most, Math.max(least, Math.round(usual - step * Math.log2(shares / usualShares))));
}

/** For a process and what it starts from then on. Never below what the process has. */
export function setOutOfMemoryScore(pid: number, score: number): void {
  const file = `/proc/${pid}/oom_score_adj`;
  try {
    if (Number(readFileSync(file, "utf8")) < score) writeFileSync(file, String(score));
  } catch (error) {
    if (!isOver(error)) throw error;
  }
}

/** Gives a process the score of another. */
export function shareOutOfMemoryScore(pid: number, other: number): void {
  try {
    setOutOfMemoryScore(pid, Number(readFileSync(`/proc/${other}/oom_score_adj`, "utf8")));
  } catch (error) {
    if (!isOver(error)) throw error;
  }
}

const isOver = (error: unknown): boolean => ["ENOENT", "ESRCH"].includes(errorCode(error) ?? "");
