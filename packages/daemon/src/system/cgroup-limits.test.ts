import { expect, it } from "vitest";
import { limitFilesV1 } from "./cgroup-limits-v1.ts";
import { limitFilesV2 } from "./cgroup-limits-v2.ts";
import type { CgroupLimits } from "./cgroups.ts";

const written = (files: readonly { file: string; value: unknown; none: unknown }[]) =>
  files.filter(({ file }) => !file.startsWith("hugetlb")).map(({ file, value, none }) => `${file} ${value ?? none}`);

it.each<[CgroupLimits, string[], string[]]>([
  [
    {},
    [
      "pids.max max",
      "cpu.cfs_burst_us 0",
      "cpu.cfs_quota_us -1",
      "cpu.cfs_period_us 100000",
      "cpu.shares 1024",
      "memory.soft_limit_in_bytes -1",
    ],
    ["pids.max max", "cpu.max.burst 0", "cpu.max max 100000", "cpu.weight 100"],
  ],
  [
    { processes: 20, cpuTime: { time: 25, period: 50, burst: 10 }, cpuWeight: 45, softMemory: 4096 },
    [
      "pids.max 20",
      "cpu.cfs_burst_us 0",
      "cpu.cfs_quota_us -1",
      "cpu.cfs_period_us 50000",
      "cpu.cfs_quota_us 25000",
      "cpu.cfs_burst_us 10000",
      "cpu.shares 461",
      "memory.soft_limit_in_bytes 4096",
    ],
    ["pids.max 20", "cpu.max.burst 0", "cpu.max 25000 50000", "cpu.max.burst 10000", "cpu.weight 45"],
  ],
])("%j", (limits, v1, v2) => {
  expect(written(limitFilesV1(limits))).toEqual(v1);
  expect(written(limitFilesV2(limits))).toEqual(v2);
});

it.each([
  [0.1, "2", "1"],
  [100, "1024", "100"],
  [20_000, "204800", "10000"],
])("a weight of %d stays within what the kernel takes", (cpuWeight, shares, weight) => {
  expect(written(limitFilesV1({ cpuWeight }))).toContain(`cpu.shares ${shares}`);
  expect(written(limitFilesV2({ cpuWeight }))).toContain(`cpu.weight ${weight}`);
});

it("huge pages of each size have a file, also those that are not limited any more", () => {
  const pages = (files: readonly { file: string; value: unknown }[]) =>
    files.filter(({ file }) => file.startsWith("hugetlb")).map(({ file, value }) => [file, value]);
  const limits = { hugePages: { "2MB": 2 ** 22 } };
  expect(pages(limitFilesV1(limits))).toEqual([
    ["hugetlb.64KB.limit_in_bytes", undefined],
    ["hugetlb.1MB.limit_in_bytes", undefined],
    ["hugetlb.2MB.limit_in_bytes", 2 ** 22],
    ["hugetlb.1GB.limit_in_bytes", undefined],
  ]);
  expect(pages(limitFilesV2(limits))).toContainEqual(["hugetlb.2MB.max", 2 ** 22]);
});
