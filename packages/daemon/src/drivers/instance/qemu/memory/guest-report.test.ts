import { expect, test } from "vitest";
import { guestReport } from "./guest-report.ts";

/** Of Debian 12 with 512 MiB, shortened. */
const meminfo = `MemTotal:         471432 kB
MemFree:          121760 kB
MemAvailable:     354440 kB
Buffers:            7300 kB
Cached:           236380 kB
Active:           125908 kB
Inactive:         153412 kB
Active(anon):       1164 kB
Inactive(anon):    34912 kB
Active(file):     124744 kB
Inactive(file):   118500 kB
SwapTotal:             0 kB
HugePages_Total:       0
`;
const vmstat = "nr_free_pages 30440\nworkingset_refault_anon 0\nworkingset_refault_file 512\npgmajfault 310\n";
const pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total=4711\n";
const kibibyte = 1024;

test("a guest's files become a reading", () => {
  expect(guestReport({ meminfo, vmstat, pressure })).toEqual({
    total: 471_432 * kibibyte,
    used: (471_432 - 121_760) * kibibyte,
    activeFile: 124_744 * kibibyte,
    inactiveFile: 118_500 * kibibyte,
    inactiveAnon: 34_912 * kibibyte,
    refaults: 512,
    stalled: 4711,
    swap: false,
  });
});

test("one without pressure or statistics says less", () => {
  const report = guestReport({ meminfo, vmstat: undefined, pressure: undefined });
  expect(report).toMatchObject({ refaults: 0 });
  expect(report).not.toHaveProperty("stalled");
});

test.each([
  ["nothing", ""],
  ["no Linux", "total memory: 4 GB"],
  ["more free than there is", "MemTotal: 100 kB\nMemFree: 200 kB\n"],
])("%s is no report", (_what, text) => {
  expect(guestReport({ meminfo: text, vmstat, pressure })).toBeUndefined();
});

test("no part is more than the whole", () => {
  const lie = meminfo.replace("124744", "99999999999");
  expect(guestReport({ meminfo: lie, vmstat, pressure })?.activeFile).toBe((471_432 - 121_760) * kibibyte);
});
