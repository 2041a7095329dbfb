import { describe, expect, test } from "vitest";
import { cgroupLayout, parseCgroupMounts } from "./cgroup-mounts.ts";

const root = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard";
const cpu = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct";
const named = "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd,release_agent=/x";
const unified = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate";

describe("parseCgroupMounts", () => {
  test.each([
    ["none", [root], undefined, []],
    ["v1", [root, cpu, named], "v1", [["cpu", "cpuacct"], ["name=systemd"]]],
    ["hybrid", [cpu, unified], "hybrid", [["cpu", "cpuacct"], []]],
    ["v2", [root, unified], "v2", [[]]],
    ["twice mounted", [cpu, cpu], "v1", [["cpu", "cpuacct"]]],
    ["a bound subtree", [cpu.replace("0:29 /", "0:29 /docker/1")], undefined, []],
  ] as const)("%s", (_name, lines, layout, controllers) => {
    const mounts = parseCgroupMounts(`${lines.join("\n")}\n`);
    expect(cgroupLayout(mounts)).toBe(layout);
    expect(mounts.map((mount) => mount.controllers)).toEqual(controllers);
  });
});
