/** Id mappings for idmapped mounts: the kernel takes them from a user namespace, so one is made and held by its descriptor. */
import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { holdProcess } from "./spawn/holder.ts";

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
  try {
    await using holder = await holdProcess(["unshare", "--user", "--", "cat"]);
    const { pid } = holder;
    const text = idMapText(entries);
    await Promise.all([writeFile(`/proc/${pid}/uid_map`, text), writeFile(`/proc/${pid}/gid_map`, text)]);
    const fd = openSync(`/proc/${pid}/ns/user`, "r");
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (cause) {
    throw new LodgeError({
      code: "host_unsupported",
      message: `The host cannot make a user namespace, which unprivileged containers need: ${(cause as Error).message}`,
      cause,
    });
  }
}
