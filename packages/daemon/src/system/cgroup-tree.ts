/** What v1 and v2 have in common: directories of processes. */
import { readFileSync } from "node:fs";
import { readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds that killed processes may take to vanish. */
const removalBound = 10_000;

/**
 * A file's content without the final newline; undefined when it (or its group) does not exist. Read at once: the kernel makes it up from
 * memory, and to wait for a thread that reads it would take ten times as long.
 */
export async function readControl(path: string): Promise<string | undefined> {
  return readControlNow(path);
}

/** The same for those who ask for very many. */
export function readControlNow(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch (error) {
    // A kernel without pressure stall information says the last of these.
    if (isGone(error) || errorCode(error) === "EOPNOTSUPP") return undefined;
    throw error;
  }
}

/** Control files take one value in one write, and are never created. */
export async function writeControl(path: string, value: string | number): Promise<void> {
  await writeFile(path, String(value), { flag: "r+" });
}

/** A group and those below it, deepest first. Empty when it does not exist. */
export async function groupsBelow(path: string): Promise<string[]> {
  const children = await childGroups(path);
  if (!children) return [];
  const below = await Promise.all(children.map((name) => groupsBelow(join(path, name))));
  return [...below.flat(), path];
}

/** Names of the groups directly below; undefined when the group does not exist. */
export async function childGroups(path: string): Promise<string[] | undefined> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export async function processesBelow(path: string): Promise<number[]> {
  const lists = await Promise.all(
    (await groupsBelow(path)).map(async (group) => (await readControl(join(group, "cgroup.procs"))) ?? ""),
  );
  const pids = lists.flatMap((list) => list.split("\n").filter(Boolean).map(Number));
  return [...new Set(pids)];
}

/** Removes a group and those below it. A group stays busy until its last killed process has been taken down. */
export async function removeTree(path: string): Promise<void> {
  await until(`removal of ${path}`, removalBound, async () => {
    for (const group of await groupsBelow(path)) {
      try {
        await rmdir(group);
      } catch (error) {
        if (errorCode(error) === "EBUSY") return false;
        if (!isGone(error)) throw error;
      }
    }
    return true;
  });
}

/** The kernel tells of none of these conditions: asks again, at growing intervals, until it holds. */
export async function until(what: string, bound: number, condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + bound;
  for (let interval = 1; !(await condition()); interval = Math.min(interval * 2, 50)) {
    if (Date.now() > end) throw new Error(`${what} took longer than ${bound} ms`);
    await delay(interval);
  }
}

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** ENODEV: the group was removed while its file was open. */
export function isGone(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes(errorCode(error) ?? "");
}

/** For `catch`: what is gone needs nothing done to it. */
export function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

/** The shape of instance ids; other names beneath `lodge-TAG` are ours for other purposes. */
export function isInstanceGroup(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

/** Signals pids that a group held; one that ended meanwhile is no error. */
export function killProcesses(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (errorCode(error) !== "ESRCH") throw error;
    }
  }
}
