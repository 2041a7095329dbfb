/** Id mappings for idmapped mounts: the kernel takes them from a user namespace, so one is made and held by its descriptor. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";

/** `count` ids on disk from `disk` on appear as those from `host` on. */
export interface IdMapEntry {
  readonly disk: number;
  readonly host: number;
  readonly count: number;
}

export interface IdMapping extends Disposable {
  /** Of the user namespace. */
  readonly fd: number;
}

/** The text of /proc/PID/uid_map for these entries. */
export function idMapText(entries: readonly IdMapEntry[]): string {
  return entries.map(({ disk, host, count }) => `${disk} ${host} ${count}\n`).join("");
}

/** Makes a mapping, the same for users and groups. Costs two short programs (a few milliseconds). */
export async function createIdMapping(entries: readonly IdMapEntry[]): Promise<IdMapping> {
  // `cat` answers a line only once `unshare` has entered the namespace and executed it; it ends with its input.
  const child = spawn("unshare", ["--user", "--", "cat"], { stdio: ["pipe", "pipe", "pipe"], timeout: 10_000 });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const closed = once(child, "close");
  closed.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  try {
    child.stdin.write("\n");
    const answered = await Promise.race([once(child.stdout, "data").then(() => true), closed.then(() => false)]);
    if (!answered) throw new Error(complaint.trim() || "unshare ended early");
    const text = idMapText(entries);
    await Promise.all([writeFile(`/proc/${child.pid}/uid_map`, text), writeFile(`/proc/${child.pid}/gid_map`, text)]);
    const fd = openSync(`/proc/${child.pid}/ns/user`, "r");
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (cause) {
    throw new LodgeError({
      code: "host_unsupported",
      message: `The host cannot make a user namespace, which unprivileged containers need: ${(cause as Error).message}`,
      cause,
    });
  } finally {
    child.stdin.end();
  }
}
