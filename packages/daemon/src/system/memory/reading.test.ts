import { expect, test } from "vitest";
import { readingV1, readingV2, refaultsIn, stalledIn, takeable } from "./reading.ts";

/** Of a container under Linux 6.1, shortened. */
const statV2 = `anon 11309056
file 52432896
kernel 6701056
shmem 2985984
inactive_anon 13893632
active_anon 286720
inactive_file 31522816
active_file 17924096
unevictable 0
slab_reclaimable 4145512
workingset_refault_anon 3
workingset_refault_file 2105
workingset_activate_file 1422
pgmajfault 77
`;
const pressure = `some avg10=1.53 avg60=0.87 avg300=0.22 total=901234
full avg10=1.50 avg60=0.80 avg300=0.21 total=800000
`;

test("v2", () => {
  const cpu = "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n";
  expect(readingV2({ current: "71303168", stat: statV2, pressure, cpu })).toEqual({
    used: 71_303_168,
    activeFile: 17_924_096,
    inactiveFile: 31_522_816,
    inactiveAnon: 13_893_632,
    refaults: 2108,
    stalled: 901_234,
    cpu: 1_234_567_000,
  });
});

/** Under Linux 6.18, shortened: those without `total_` leave out the groups below. */
const statV1 = `cache 12283904
rss 13983744
workingset_refault_anon 0
workingset_refault_file 11264
inactive_file 53248
active_file 3145728
hierarchical_memory_limit 9223372036854771712
total_cache 64265707
total_rss 7562321
total_workingset_refault_anon 1
total_workingset_refault_file 22540
total_pgmajfault 50760
total_inactive_anon 1816363
total_active_anon 127234
total_inactive_file 2652139
total_active_file 2565492
`;

test("v1 has no pressure", () => {
  expect(readingV1({ usage: "71303168", stat: statV1, cpu: "1234567000" })).toEqual({
    used: 71_303_168,
    activeFile: 2_565_492,
    inactiveFile: 2_652_139,
    inactiveAnon: 1_816_363,
    refaults: 22_541,
    cpu: 1_234_567_000,
  });
});

test.each([
  [{}, 0],
  [{ workingset_refault: 5 }, 5],
  [{ workingset_refault_anon: 1, workingset_refault_file: 2 }, 3],
])("refaults of %j", (stat, refaults) => {
  expect(refaultsIn(new Map(Object.entries(stat)), "")).toBe(refaults);
});

test.each([
  [undefined, undefined],
  ["", undefined],
  [pressure, 901_234],
])("time stalled by %j", (text, stalled) => {
  expect(stalledIn(text)).toBe(stalled);
});

test("anonymous memory can be taken where there is swap", () => {
  const reading = { used: 100, activeFile: 1, inactiveFile: 2, inactiveAnon: 40, refaults: 0, cpu: 0 };
  expect([takeable(reading, false), takeable(reading, true)]).toEqual([3, 43]);
});
