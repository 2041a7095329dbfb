import { expect, test } from "vitest";
import type { TimedReport } from "./guest-memory.ts";
import type { GuestReport } from "./guest-report.ts";
import { machineDemand } from "./machine-demand.ts";

const mebibyte = 2 ** 20;
const machine = {
  ...{ used: 500 * mebibyte, size: 768 * mebibyte, base: 256 * mebibyte, most: 1024 * mebibyte },
  accelerator: "kvm",
} as const;
const moment = (at: number, more: Partial<GuestReport> = {}): TimedReport => ({
  at,
  report: {
    ...{ total: 728 * mebibyte, used: 300 * mebibyte, activeFile: 100 * mebibyte, inactiveFile: 120 * mebibyte },
    ...{ inactiveAnon: 0, refaults: 0, swap: false, ...more },
  },
});

test("of a guest that says nothing all counts as worked with, and nothing is taken", () => {
  expect(machineDemand(machine)).toEqual({
    ...{ used: machine.used, filled: machine.used, workingSet: machine.used, pressure: 0, refaults: 0 },
    ...{ target: machine.size, least: machine.size, most: machine.most, lead: 0.5 },
  });
});

test("what a guest has free or has not used for long is idle", () => {
  // 180 MiB of the guest's, 40 that its kernel keeps, and 64 of QEMU's.
  const { workingSet, target } = machineDemand(machine, { now: moment(0), rest: 0, taken: 0 });
  expect([workingSet / mebibyte, target / mebibyte]).toEqual([284, 768]);
  expect(machineDemand({ ...machine, used: 200 * mebibyte }, { now: moment(0), rest: 0, taken: 0 }).workingSet).toBe(
    200 * mebibyte,
  );
});

test("what QEMU needs fills nothing of what the guest may have", () => {
  expect(machineDemand({ ...machine, used: 900 * mebibyte }).filled).toBe(machine.size);
  const filled = (taken: number) =>
    (machineDemand(machine, { now: moment(0), rest: 0, taken: taken * mebibyte }).filled ?? 0) / mebibyte;
  expect([filled(0), filled(100), filled(500)]).toEqual([340, 440, 768]);
});

test("a guest keeps what it cannot do without, and some more", () => {
  // 80 MiB that no file holds, 16 of files, 40 of its kernel's, and an eighth of all that it has.
  expect(machineDemand(machine, { now: moment(0), rest: 0, taken: 0 }).least / mebibyte).toBe(256);
  const { least } = machineDemand(machine, { now: moment(0, { used: 520 * mebibyte }), rest: 0, taken: 0 });
  expect(least / mebibyte).toBe(300 + 16 + 40 + 91);
  expect(
    machineDemand(machine, {
      now: moment(0, { used: 728 * mebibyte, activeFile: 0, inactiveFile: 0 }),
      rest: 0,
      taken: 0,
    }).least,
  ).toBe(machine.size);
});

test("it waits as its guest says", () => {
  const now = moment(1000, { stalled: 250_000, refaults: 4000 });
  const demand = machineDemand(machine, { before: moment(0, { stalled: 0 }), now, rest: 0, taken: 0 });
  expect(demand).toMatchObject({ pressure: 0.25, refaults: 4000 });
});
