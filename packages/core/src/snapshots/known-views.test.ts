import { expect, test } from "vitest";
import type { ProfileRecord, SnapshotRecord } from "../store.ts";
import { KnownSnapshotViews } from "./known-views.ts";

const profile = (config: Record<string, string>): ProfileRecord => ({
  ...{ project: "default", name: "default", description: "", config, devices: {} },
});
const record: SnapshotRecord = {
  ...{ id: "s1", instance: "0000000a", name: "snap0", description: "", architecture: "x86_64", life: "present" },
  ...{ config: {}, devices: {}, profiles: ["default"], ephemeral: false, createdAt: new Date(0) },
} as unknown as SnapshotRecord;
const named = (config: Record<string, string>) => new Map([["default", profile(config)]]);

test("what is known is shown again, until the record or one of its profiles is another", () => {
  const views = new KnownSnapshotViews();
  const profiles = named({ "limits.cpu": "1" });
  const first = views.of(record, profiles);
  expect(first).toMatchObject({ name: "snap0", expanded_config: { "limits.cpu": "1" } });
  expect(views.of(record, new Map(profiles))).toBe(first);
  expect(views.of({ ...record, description: "new" }, profiles)).toMatchObject({ description: "new" });
  expect(views.of(record, named({ "limits.cpu": "2" })).expanded_config).toEqual({ "limits.cpu": "2" });
  expect(views.of(record, new Map()).expanded_config).toEqual({});
});
