import { LodgeError } from "@lodge/api";
import { beforeEach, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { Lock } from "../instances/lock.ts";
import { silentLog } from "../log.ts";
import { instanceRecord } from "../store/describe-store.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { Warnings } from "./service.ts";
import { hostTroubles, imageTroubles, instanceTroubles, poolTroubles, type Trouble } from "./trouble.ts";

let troubles: Trouble[];
let warnings: Warnings;
let actions: string[];
const gone: Trouble = { type: "gone", severity: "high", project: "", entity: "/1.0/storage-pools/a", message: "m" };
const slow: Trouble = { type: "slow", severity: "moderate", project: "", entity: "", message: "m" };

beforeEach(() => {
  const events = new EventBus(() => new Date());
  actions = [];
  events.subscribe(({ metadata }) => actions.push((metadata as { action: string }).action));
  troubles = [slow, gone];
  let count = 0;
  warnings = new Warnings({
    ...{ store: new MemoryStore(), events, log: silentLog, lock: new Lock(), now: () => new Date("2030-01-01") },
    newUuid: () => `uuid-${++count}`,
    sources: [
      async () => {
        if (troubles.length === 0) throw new Error("a source that cannot tell");
        return troubles;
      },
    ],
  });
});

const shown = async () => (await warnings.list()).map(({ type, status }) => `${type} ${status}`);

it("are what is wrong now, the worst first", async () => {
  expect(await shown()).toEqual(["gone new", "slow new"]);
  troubles = [slow];
  expect(await shown()).toEqual(["slow new", "gone resolved"]);
  expect(await warnings.open()).toBe(1);
});

it("are acknowledged, and new again when they come again", async () => {
  const [first] = await warnings.list();
  const uuid = first?.uuid ?? "";
  await warnings.update(uuid, { status: "acknowledged" });
  expect(await shown()).toEqual(["gone acknowledged", "slow new"]);
  troubles = [slow];
  await warnings.look();
  await expect(warnings.update(uuid, { status: "new" })).rejects.toMatchObject({ code: "warning_resolved" });
  troubles = [slow, gone];
  expect(await warnings.get(uuid)).toMatchObject({ status: "new", count: 2 });
  expect(actions).toEqual(["warning-acknowledged"]);
});

it("stay away when they are deleted, until their trouble comes again", async () => {
  const [first] = await warnings.list();
  await warnings.delete(first?.uuid ?? "");
  expect(await shown()).toEqual(["slow new"]);
  troubles = [slow];
  await warnings.look();
  troubles = [slow, gone];
  expect(await shown()).toEqual(["gone new", "slow new"]);
  await expect(warnings.delete("other")).rejects.toMatchObject({ code: "warning_not_found" });
});

it("do not vanish when nobody can look", async () => {
  await warnings.look();
  troubles = [];
  expect(await shown()).toEqual(["gone new", "slow new"]);
});

it("come from what is known", () => {
  const web = instanceRecord("00000001", "web", 1);
  const failed = { ...web, life: "present" as const, config: { "volatile.boot.problem": "no image" } };
  expect(instanceTroubles([web, failed])).toMatchObject([
    { project: "default", entity: "/1.0/instances/web?project=default", message: "no image" },
  ]);
  const lost = new LodgeError({ code: "pool_unavailable", message: "not mounted" });
  expect(poolTroubles(new Map([["a", lost]]))).toMatchObject([{ message: "not mounted", severity: "high" }]);
  const failures = new Map([["f".repeat(64), { at: new Date(0), message: "away" }]]);
  expect(imageTroubles(failures, [])).toEqual([]);
  expect(imageTroubles(failures, [{ fingerprint: "f".repeat(64) }])).toMatchObject([{ at: new Date(0) }]);
  const finding = (name: string, ok: boolean, program = false) => ({ name, ok, detail: name, program });
  const findings = [
    finding("overlayfs", true),
    finding("kvm", false),
    finding("swap", false),
    finding("crun", false, true),
  ];
  expect(hostTroubles(findings).map(({ type }) => type)).toEqual([
    "Not available on the host: kvm",
    "Not available on the host: crun",
  ]);
});
