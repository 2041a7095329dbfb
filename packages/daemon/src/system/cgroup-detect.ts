import { readFile } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { cgroupLayout, parseCgroupMounts } from "./cgroup-mounts.ts";
import type { Cgroups } from "./cgroups.ts";
import { CgroupsV1 } from "./cgroups-v1.ts";
import { CgroupsV2 } from "./cgroups-v2.ts";

/** Finds the host's layout and returns the implementation for it. `tag`: see LodgePaths. */
export async function detectCgroups(tag: string): Promise<Cgroups> {
  const mounts = parseCgroupMounts(await readFile("/proc/self/mountinfo", "utf8"));
  const layout = cgroupLayout(mounts);
  const unified = mounts.find((mount) => mount.version === 2);
  if (layout === "v2" && unified) return new CgroupsV2(unified.path, tag);
  if (layout === "v1" || layout === "hybrid") {
    return new CgroupsV1(
      layout,
      mounts.filter((mount) => mount.version === 1),
      tag,
    );
  }
  throw new LodgeError({
    code: "host_unsupported",
    message: "No cgroup hierarchy is mounted on the host; mount cgroup2 on /sys/fs/cgroup.",
  });
}
