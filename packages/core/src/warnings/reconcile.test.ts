import { expect, it } from "vitest";
import type { WarningRecord } from "../store.ts";
import { reconcileWarnings } from "./reconcile.ts";
import type { Trouble } from "./trouble.ts";

const start = new Date("2030-01-01T00:00:00Z");
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);
const trouble: Trouble = { type: "t", severity: "high", project: "", entity: "/1.0/storage-pools/a", message: "gone" };
const record: WarningRecord = {
  ...{ uuid: "1", type: "t", severity: "high", project: "", entity: "/1.0/storage-pools/a", message: "gone" },
  ...{ status: "new", count: 1, firstSeenAt: start, lastSeenAt: start, updatedAt: start },
};
const at = (minute: number) => ({ now: minutes(minute), newUuid: () => "1" });

it("notes what is new", () => {
  expect(reconcileWarnings([], [trouble], at(0))).toEqual({ put: [record], remove: [] });
  expect(reconcileWarnings([], [trouble, { ...trouble, entity: "" }], at(0)).put).toHaveLength(2);
});

it.each<[string, WarningRecord, Trouble, number, Partial<WarningRecord> | undefined]>([
  ["nothing of what goes on", record, trouble, 5, undefined],
  ["now and then that it still does", record, trouble, 15, { lastSeenAt: minutes(15) }],
  ["another reason", record, { ...trouble, message: "away" }, 5, { message: "away", lastSeenAt: minutes(5) }],
  ["another attempt", record, { ...trouble, at: minutes(3) }, 5, { count: 2, lastSeenAt: minutes(3) }],
  ["no attempt twice", { ...record, lastSeenAt: minutes(3) }, { ...trouble, at: minutes(3) }, 15, undefined],
  ["nothing of what is known", { ...record, status: "acknowledged" }, trouble, 5, undefined],
  [
    "what comes again",
    { ...record, status: "resolved", updatedAt: minutes(1) },
    trouble,
    5,
    { status: "new", count: 2, lastSeenAt: minutes(5), updatedAt: minutes(5) },
  ],
])("notes %s", (_what, stored, seen, minute, change) => {
  const { put } = reconcileWarnings([stored], [seen], at(minute));
  expect(put).toEqual(change ? [{ ...stored, ...change }] : []);
});

it("resolves what is over, and forgets it after a day", () => {
  const over: WarningRecord = { ...record, status: "resolved", updatedAt: minutes(5) };
  expect(reconcileWarnings([record], [], at(5))).toEqual({ put: [over], remove: [] });
  expect(reconcileWarnings([{ ...record, status: "acknowledged" }], [], at(5)).put).toEqual([over]);
  expect(reconcileWarnings([over], [], at(24 * 60))).toEqual({ put: [], remove: [] });
  expect(reconcileWarnings([over], [], at(24 * 60 + 6))).toEqual({ put: [], remove: [over] });
});
