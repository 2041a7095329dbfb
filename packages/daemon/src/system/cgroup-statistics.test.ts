import { expect, it } from "vitest";
import {
  diskBytes,
  disksV1,
  disksV2,
  memoryFiguresV1,
  memoryFiguresV2,
  outOfMemoryKills,
  pressureOf,
  waitingOf,
} from "./cgroup-statistics.ts";

it("reads memory.stat of v2 and v1 alike", () => {
  const v2 =
    "anon 100\nfile 50\nshmem 3\nfile_mapped 4\nactive_anon 60\ninactive_anon 40\nactive_file 20\ninactive_file 30\n";
  const v1 =
    "cache 1\nrss 2\ntotal_cache 50\ntotal_rss 100\ntotal_shmem 3\ntotal_mapped_file 4\ntotal_active_anon 60\ntotal_inactive_anon 40\ntotal_active_file 20\ntotal_inactive_file 30\n";
  const figures = {
    ...{ RSS: 100, Cached: 50, Shmem: 3, Mapped: 4, Active_anon: 60, Inactive_anon: 40 },
    ...{ Active_file: 20, Inactive_file: 30, Active: 80, Inactive: 70 },
  };
  expect(memoryFiguresV2(v2)).toEqual(figures);
  expect(memoryFiguresV1(v1)).toEqual(figures);
  expect(memoryFiguresV2("")).toEqual({});
});

it("reads what went to disks", () => {
  const disk = { device: "8:0", bytesRead: 4096, reads: 1, bytesWritten: 8192, writes: 2 };
  expect(disksV2("8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n7:1 \n")).toEqual([
    disk,
    { device: "7:1", bytesRead: 0, reads: 0, bytesWritten: 0, writes: 0 },
  ]);
  const bytes = "8:0 Read 4096\n8:0 Write 8192\n8:0 Sync 0\n8:0 Total 12288\nTotal 12288";
  expect(disksV1(bytes, "8:0 Read 1\n8:0 Write 2\nTotal 3")).toEqual([disk]);
  expect(disksV1("Total 0", "Total 0")).toEqual([]);
});

it("counts who was killed for memory", () => {
  expect(outOfMemoryKills("low 0\noom 2\noom_kill 1\noom_group_kill 0")).toBe(1);
  expect(outOfMemoryKills("oom_kill_disable 0\nunder_oom 0")).toBeUndefined();
});

it("sums what went to all disks", () => {
  const disks = disksV2("8:0 rbytes=1 wbytes=2 rios=1 wios=1\n8:16 rbytes=10 wbytes=20 rios=1 wios=1\n");
  expect(diskBytes(disks)).toEqual({ bytesRead: 11, bytesWritten: 22 });
  expect(diskBytes([])).toEqual({ bytesRead: 0, bytesWritten: 0 });
});

it("reads how long something waited, where the kernel tells", () => {
  const text =
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000";
  expect(waitingOf(text)).toEqual({ some: 1.5, full: 0.5 });
  expect(waitingOf(undefined)).toBeUndefined();
  expect(pressureOf((resource) => (resource === "io" ? text : undefined))).toEqual({ io: { some: 1.5, full: 0.5 } });
  expect(pressureOf(() => undefined)).toBeUndefined();
});
