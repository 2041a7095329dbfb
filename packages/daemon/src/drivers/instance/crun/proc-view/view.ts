import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { splitNumber } from "../../../../system/device-number.ts";
import type { OciMount } from "../bundle-mounts.ts";

/** What a container's /proc has of its own. */
export interface ProcView {
  readonly mounts: readonly OciMount[];
  /** File system that they are of, as mountinfo names it: it is the host's, and answers. */
  readonly device?: string;
}

/** Files that say what the reader's control group may have instead of what the host has. */
const servable: ReadonlySet<string> = new Set([
  ...["cpuinfo", "diskstats", "loadavg", "meminfo", "slabinfo", "stat", "swaps", "uptime"],
]);

/** What an lxcfs serves at this moment. Undefined where there is none, or it died and left its mount behind. */
export async function servedView(directory: string): Promise<ProcView | undefined> {
  const source = join(directory, "proc");
  try {
    const names = (await readdir(source)).filter((name) => servable.has(name));
    const { major, minor } = splitNumber((await stat(source)).dev);
    const options = ["bind", "nosuid", "nodev", "noexec"];
    const mounts = names.map((name) => ({
      ...{ destination: `/proc/${name}`, type: "bind", source: join(source, name), options },
    }));
    return mounts.length > 0 ? { mounts, device: `${major}:${minor}` } : undefined;
  } catch {
    return undefined;
  }
}
