import { expect, it } from "vitest";
import { guestFileSystems, parseGuestMeminfo } from "./guest-figures.ts";

it("reads /proc/meminfo of a guest by LXD's names, and nothing that is no figure", () => {
  const text = [
    "MemTotal:         200 kB",
    "MemAvailable:     150 kB",
    "Active(anon):      10 kB",
    "AnonPages:          7 kB",
    "SwapTotal:         40 kB",
    "SwapFree:          30 kB",
    "HugePages_Total:       2",
    "HugePages_Free:        1",
    "Hugepagesize:       2048 kB",
    "MemFree: 99999999999999999999 kB",
    "Dirty: -4 kB",
  ].join("\n");
  expect(parseGuestMeminfo(text)).toEqual({
    ...{ MemTotal: 204_800, MemAvailable: 153_600, Active_anon: 10_240, RSS: 7168, Swap: 10_240 },
    ...{ HugepagesTotal: 4 << 20, HugepagesFree: 2 << 20 },
  });
  expect(parseGuestMeminfo("")).toEqual({});
});

it("tells of file systems whose room is known, once", () => {
  const root = { name: "vda1", mountpoint: "/", type: "ext4", "used-bytes": 30, "total-bytes": 100 };
  const bad = [
    { ...root, mountpoint: "x".repeat(200) },
    { ...root, mountpoint: "/b", "used-bytes": 200 },
  ];
  const { "used-bytes": _used, ...unknown } = { ...root, mountpoint: "/proc" };
  expect(guestFileSystems([root, root, unknown, ...bad])).toEqual([
    { device: "vda1", type: "ext4", mountpoint: "/", size: 100, free: 70, available: 70 },
  ]);
  const many = Array.from({ length: 100 }, (_, at) => ({ ...root, mountpoint: `/${at}` }));
  expect(guestFileSystems(many)).toHaveLength(32);
});
