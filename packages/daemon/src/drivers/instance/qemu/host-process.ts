import { readFile } from "node:fs/promises";

/** A process that cannot be mistaken for a later one with the same number. */
export interface HostProcess {
  readonly pid: number;
  /** Clock ticks since the host's boot. */
  readonly startTime: number;
}

/** The process that has this number now; undefined when there is none or it has ended and only waits to be reaped. */
export async function findProcess(pid: number): Promise<HostProcess | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  return parseStat(pid, stat);
}

/** The name in field 2 may hold spaces and parentheses: fields are counted from its end. */
export function parseStat(pid: number, stat: string): HostProcess | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === "Z" || state === "X" ? undefined : { pid, startTime: Number(fields[19]) };
}

export async function isAlive(process: HostProcess): Promise<boolean> {
  return (await findProcess(process.pid))?.startTime === process.startTime;
}

/** Sends a signal to this process and no other. Fine when it has ended. */
export async function signalProcess(target: HostProcess, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(target))) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
