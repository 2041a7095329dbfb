import type { InstanceBackupIndex } from "@lodge/api";
import { describe, expect, it } from "vitest";
import type { SnapshotRecord } from "../store.ts";
import { incrementSince, requireBase } from "./increment.ts";

const uuidOf = (letter: string) => `${letter.repeat(8)}-0000-0000-0000-000000000000`;
/** `"a b"`: snapshots of these names, each with an identity of its own. */
const snapshots = (names: string) =>
  names
    .split(" ")
    .filter(Boolean)
    .map((name) => ({ name, config: { "volatile.snapshot.uuid": uuidOf(name) } }) as unknown as SnapshotRecord);
const vm = { name: "db", type: "virtual-machine" } as const;

describe("an increment", () => {
  it("has the snapshots after the one that it goes on from", () => {
    const { base, after, note } = incrementSince(vm, snapshots("a b c d"), "b");
    expect(base.name).toBe("b");
    expect(after.map(({ name }) => name)).toEqual(["c", "d"]);
    expect(note).toEqual({ since: { snapshot: "b", uuid: uuidOf("b") } });
  });

  it.each([
    ["a container", { ...vm, type: "container" } as const, snapshots("a"), "not_supported"],
    ["what is not there", vm, snapshots("b"), "snapshot_not_found"],
    ["what has no identity", vm, [{ name: "a", config: {} } as unknown as SnapshotRecord], "not_supported"],
  ])("of %s is refused", (_, owner, present, code) => {
    expect(() => incrementSince(owner, present, "a")).toThrow(expect.objectContaining({ code }));
  });

  const index = (since: string, names: string) =>
    ({
      ...vm,
      since: { snapshot: since, uuid: uuidOf(since) },
      snapshots: snapshots(names),
    }) as unknown as InstanceBackupIndex;

  it("is brought into what has its base as the newest", () => {
    expect(requireBase(vm, snapshots("a b"), index("b", "c")).name).toBe("b");
    const renamed = snapshots("a b").map((each) => (each.name === "b" ? { ...each, name: "x" } : each));
    expect(requireBase(vm, renamed, index("b", "c")).name).toBe("x");
  });

  it.each([
    ["the one before it is missing", "a", index("b", "c"), "backup_base_missing"],
    ["it was imported before", "a b c", index("b", "c"), "snapshot_exists"],
    ["there is something newer", "a b d", index("b", "c"), "backup_base_missing"],
    ["it is a whole backup", "a", { ...vm, snapshots: [] } as unknown as InstanceBackupIndex, "request_invalid"],
  ])("is refused when %s", (_, present, backup, code) => {
    expect(() => requireBase(vm, snapshots(present), backup)).toThrow(expect.objectContaining({ code }));
  });
});
