import type { CgroupLayout } from "./cgroups.ts";

/** Where hybrid hosts mount the v2 tree. */
export const hybridTree = "/sys/fs/cgroup/unified";

/** One mounted cgroup hierarchy. */
export interface CgroupMount {
  readonly path: string;
  readonly version: 1 | 2;
  /** v1: the controllers mounted here, or `name=systemd`. v2: empty, the hierarchy says itself what it has. */
  readonly controllers: readonly string[];
}

/** Options of a v1 superblock that name no controller. */
const flags = new Set(["rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods"]);

/** The cgroup hierarchies of a /proc/PID/mountinfo, in its order; a hierarchy mounted twice counts once. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  const seen = new Set<string>();
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    const [, , device, root, path] = before?.split(" ") ?? [];
    const [type, , options] = after?.split(" ") ?? [];
    if (!device || !path || root !== "/" || (type !== "cgroup" && type !== "cgroup2") || seen.has(device)) continue;
    seen.add(device);
    const controllers = (options ?? "").split(",").filter((o) => !flags.has(o) && !o.startsWith("release_agent="));
    mounts.push({ path, version: type === "cgroup2" ? 2 : 1, controllers: type === "cgroup2" ? [] : controllers });
  }
  return mounts;
}

/** Which layout these mounts form; undefined without any. */
export function cgroupLayout(mounts: readonly CgroupMount[]): CgroupLayout | undefined {
  const versions = new Set(mounts.map((mount) => mount.version));
  if (versions.size === 2) return "hybrid";
  if (versions.has(1)) return "v1";
  return versions.has(2) ? "v2" : undefined;
}
