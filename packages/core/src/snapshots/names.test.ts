import { describe, expect, it } from "vitest";
import { instanceRecord, snapshotRecord } from "../store/describe-store.ts";
import { checkSnapshotName, instanceOwner, nextSnapshotName, parseSource, restoredSnapshot } from "./names.ts";

const web = instanceRecord("00000001", "web", 1);

const now = new Date(2026, 10, 26, 3, 4);

it.each([
  [{}, [], "snap0"],
  [{}, ["snap0"], "snap1"],
  [{}, ["snap7", "before", "snap3"], "snap8"],
  [{}, ["snapshot", "snap-1"], "snap0"],
  [{ "snapshots.pattern": "" }, [], "snap0"],
  [{ "snapshots.pattern": "auto-{{ creation_date|date:'2006-01-02_15-04' }}" }, [], "auto-2026-11-26_03-04"],
  [{ "snapshots.pattern": "day" }, ["day"], "day-0"],
])("with %j, after %j comes %s", (config, taken, next) => {
  expect(nextSnapshotName(config, taken, now)).toBe(next);
});

describe("names", () => {
  it.each(["snap0", "before.upgrade", "2026-01-02T03:04:05", "a", "a_b", "x".repeat(64)])("takes %s", (name) => {
    expect(() => checkSnapshotName(instanceOwner(web), name, [])).not.toThrow();
  });

  it.each(["", "a/b", "a b", "-a", "a-", ".", "a?", "x".repeat(65), "ä"])("refuses %j", (name) => {
    expect(() => checkSnapshotName(instanceOwner(web), name, [])).toThrow(
      expect.objectContaining({ code: "snapshot_name_invalid" }),
    );
  });

  it("refuses one that is taken", () => {
    const others = [snapshotRecord("0000000a", web.id, "snap0")];
    expect(() => checkSnapshotName(instanceOwner(web), "snap0", others)).toThrow(
      expect.objectContaining({ code: "snapshot_exists" }),
    );
  });
});

it.each([
  ["web", { instance: "web" }],
  ["web/snap0", { instance: "web", snapshot: "snap0" }],
  ["web/", { instance: "web", snapshot: "" }],
])("takes %s apart", (source, expected) => {
  expect(parseSource(source)).toEqual(expected);
});

it("knows what a restore means, and refuses another instance's snapshot", () => {
  expect(restoredSnapshot(web, "snap0")).toBe("snap0");
  expect(restoredSnapshot(web, "web/snap0")).toBe("snap0");
  expect(() => restoredSnapshot(web, "db/snap0")).toThrow(/lodge copy db\/snap0/);
});
