/** A process that is told from a later one with the same pid by its start time. */
import { closeSync, readFileSync } from "node:fs";
import koffi from "koffi";
import { declare, SystemCallError } from "./libc.ts";

const pidfdOpen = declare<[number, number, number]>("long syscall(long number, int pid, unsigned int flags)");
const pidfdSendSignal = declare<[number, number, number, null, number]>(
  "long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)",
);
const SYS_pidfd_send_signal = 424;
const SYS_pidfd_open = 434;

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot (proc_pid_stat(5), field 22). */
  readonly startTime: number;
}

export interface ProcessStat extends ProcessIdentity {
  readonly command: string;
  /** One letter; `Z` and `X`: its first thread has ended. */
  readonly state: string;
  readonly threads: number;
  readonly parent: number;
}

/** Parses /proc/PID/stat; the command may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat | undefined {
  const match = /^(\d+) \((.*)\) (.+)$/s.exec(text.trimEnd());
  const fields = match?.[3]?.split(" ") ?? [];
  const [pid, startTime] = [Number(match?.[1]), Number(fields[19])];
  if (!match || !Number.isInteger(startTime)) return undefined;
  return {
    pid,
    startTime,
    command: match[2] ?? "",
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    threads: Number(fields[17]),
  };
}

/** The process with this pid, if one lives: as long as any of its threads does, its files and sockets are open. */
export async function findProcess(pid: number): Promise<ProcessStat | undefined> {
  const stat = parseStat(readStat(pid));
  const isOver = !stat || ("ZX".includes(stat.state) && stat.threads <= 1);
  return isOver ? undefined : stat;
}

/** The kernel makes it up from memory: to wait for a thread that reads it would take ten times as long. */
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await findProcess(pid))?.startTime === startTime;
}

/**
 * Sends a signal to exactly this process: by a descriptor, so that a pid that changes hands meanwhile is not hit. False: it
 * has ended.
 */
export async function signalProcess(identity: ProcessIdentity, signal: number): Promise<boolean> {
  const descriptor = openProcess(identity.pid);
  if (descriptor === undefined) return false;
  try {
    if (!(await isAlive(identity))) return false;
    pidfdSendSignal(SYS_pidfd_send_signal, descriptor, signal, null, 0);
    return true;
  } catch (error) {
    if (isNoProcess(error)) return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function openProcess(pid: number): number | undefined {
  try {
    return pidfdOpen(SYS_pidfd_open, pid, 0);
  } catch (error) {
    if (isNoProcess(error)) return undefined;
    throw error;
  }
}

function isNoProcess(error: unknown): boolean {
  return error instanceof SystemCallError && error.errno === koffi.os.errno["ESRCH"];
}
