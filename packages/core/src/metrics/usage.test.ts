import { expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { setUp, web } from "../instances/testing/fake-host.ts";
import { silentLog } from "../log.ts";
import type { GovernedInstance } from "./governed.ts";
import { History } from "./history.ts";
import { Looks } from "./looks.ts";
import type { HostUse, Use } from "./measuring.ts";
import { UsageCommands } from "./usage.ts";

const idle: HostUse = {
  ...{ cpuSeconds: { user: 0, idle: 0 }, memoryTotal: 1000, memoryAvailable: 400, swapTotal: 0, swapFree: 0 },
  ...{ load: [1, 2, 3], pressure: { memory: { some: 0, full: 0 } } },
};

async function world() {
  const { host, instances, deps } = await setUp();
  for (const name of ["b", "a", "off"])
    await (await instances.create("default", web({ name, start: name !== "off" }))).done;
  const ids = new Map((await host.store.instances.list()).map(({ name, id }) => [name, id]));
  const id = (name: string): InstanceId => ids.get(name) ?? ("none" as InstanceId);
  const uses = new Map<InstanceId, Use>();
  const use = (name: string, more: Partial<Use> = {}) =>
    uses.set(id(name), { cpuSeconds: 0, memoryUsed: 100, memoryTotal: 200, processes: 3, ...more });
  use("a");
  use("b");
  let time = 1_000_000;
  let asked = 0;
  const clock = () => time;
  const governed = new Map<InstanceId, GovernedInstance>();
  const looks = new Looks({
    ...{ log: silentLog, clock, meter: { host: () => idle } },
    drivers: new Map([["container", { type: "container", uses: async () => (asked++, new Map(uses)) }]]),
    network: { state: async () => ({ eth0: { ...nic, bytesReceived: time, bytesSent: 0 } }) },
  });
  const knows = (of: InstanceId) => governed.get(of) ?? {};
  const history = new History(knows);
  const now = () => new Date(Date.UTC(2026, 0, 1) + time);
  const usage = new UsageCommands({ ...deps, looks, history, governed: knows, cpus: 2, now, clock });
  const pass = (seconds: number) => {
    time += seconds * 1000;
  };
  const step = async () => {
    pass(5);
    history.add((await looks.latest(900)).now);
  };
  const all = () => usage.now({ shows: () => true, host: true });
  return { usage, history, use, uses, id, pass, step, all, governed, asked: () => asked };
}

const nic = { ipv4: [], ipv6: [], mtu: 1500, hostInterface: "x", packetsReceived: 0, packetsSent: 0 };

it("tells what runs, by project and name, with rates from one look to the next", async () => {
  const { all, use, pass, governed, id } = await world();
  expect(await all()).toMatchObject({ interval: null, instances: [{ name: "a", cpu: null }, { name: "b" }] });
  pass(2);
  use("a", { cpuSeconds: 1, bytesRead: 10 });
  governed.set(id("a"), { target: 150, demand: 120 });
  const { instances, host, interval, timestamp } = await all();
  expect([interval, timestamp]).toEqual([2, "2026-01-01T00:16:42.000Z"]);
  expect(instances[0]).toEqual({
    ...{ name: "a", project: "default", type: "container", status: "Running", cpu: 50, processes: 3 },
    memory: { used: 100, total: 200, target: 150, demand: 120 },
    disk: { read: null, written: null },
    network: { received: 1000, sent: 0 },
    pressure: { cpu: null, memory: null, io: null },
  });
  expect(host).toMatchObject({ cpu: 0, cpus: 2, load: 1, memory: { used: 600, total: 1000 }, pressure: { memory: 0 } });
});

it("looks once for all who ask at about the same time", async () => {
  const { all, pass, asked } = await world();
  await Promise.all([all(), all(), all()]);
  pass(0.5);
  await all();
  expect(asked()).toBe(1);
  pass(1);
  await all();
  expect(asked()).toBe(2);
});

it("shows of no project what is not to be shown, and of the host neither", async () => {
  const { usage } = await world();
  const told = await usage.now({ shows: () => false, host: false });
  expect(told).toMatchObject({ host: null, instances: [] });
});

it("keeps an hour of curves, with gaps while an instance does not run", async () => {
  const { usage, step, use, uses, id } = await world();
  for (let at = 0; at < 4; at++) {
    use("a", { cpuSeconds: at });
    await step();
  }
  uses.delete(id("a"));
  await step();
  const curves = await usage.instanceHistory("default", "a", { step: 5, since: "2026-01-01T00:16:45Z" });
  expect(curves.start).toBe("2026-01-01T00:16:45.000Z");
  expect(curves.series.cpu).toEqual([null, 20, 20, 20, null]);
  expect(curves.series.memory_used).toEqual([100, 100, 100, 100, null]);
  const { series } = await usage.hostHistory({ step: 10, since: "2026-01-01T00:16:40Z" });
  expect(series.instances).toEqual([2, 2, 1.5]);
  // Points begin at whole minutes: the first and the last are of a part.
  expect((await usage.hostHistory({ step: 60 })).series.instances).toHaveLength(61);
  await expect(usage.instanceHistory("default", "none", { step: 5 })).rejects.toMatchObject({
    code: "instance_not_found",
  });
});

it("keeps less than 40 KiB an instance, and nothing of those that are gone for an hour", async () => {
  const { history, step, uses, id } = await world();
  for (let at = 0; at < 800; at++) await step();
  expect(history.bytes / 3).toBeLessThan(40 << 10);
  const before = history.bytes;
  uses.delete(id("b"));
  for (let at = 0; at < 721; at++) await step();
  expect(history.bytes).toBeLessThan(before);
  expect(history.instance(id("b"), { from: 0, to: 0, span: 1 }).series.cpu.every((point) => point === null)).toBe(true);
});
