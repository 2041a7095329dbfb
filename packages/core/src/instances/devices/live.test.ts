import type { Devices } from "@lodge/api";
import { expect, it, vi } from "vitest";
import { FakeDriver } from "../testing/fake-driver.ts";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

const share = { type: "disk", source: "/srv", path: "/srv" };
const second = { type: "nic", network: "lodgebr0" };

async function running(devices: Devices = {}) {
  const daemon = await setUp();
  await done(daemon.instances.create("default", web({ devices, start: true })));
  const change = async (next: Devices) => {
    const { config, profiles } = await daemon.instances.get("default", "web");
    await done(daemon.instances.update("default", "web", { config, profiles, devices: next }));
  };
  const plugged = () => [...([...daemon.host.processes.values()][0]?.devices ?? [])].sort();
  const ports = () => [...daemon.host.network.ports.values()].map(({ device, index }) => `${device}:${index}`);
  return { ...daemon, change, plugged, ports };
}

it("gives a running instance new devices, and takes away what goes", async () => {
  const { change, plugged, ports } = await running();
  await change({ eth1: second, share });
  expect(plugged()).toEqual(["eth0", "eth1", "share"]);
  await change({ eth0: { type: "none" }, eth1: second });
  expect(plugged()).toEqual(["eth1"]);
  // A nic keeps its place when another goes.
  expect(ports()).toEqual(["eth1:1"]);
});

it("forgets what it noted of a device that is gone", async () => {
  const { change, instances } = await running();
  await change({ eth1: second });
  expect((await instances.get("default", "web")).config).toHaveProperty("volatile.eth1.hwaddr");
  await change({});
  expect(Object.keys((await instances.get("default", "web")).config).filter((key) => key.includes("eth1"))).toEqual([]);
});

it("undoes a change of which a step fails", async () => {
  const { change, driver, plugged, instances } = await running({ share });
  driver.failPlug = "eth1";
  await expect(change({ eth1: second })).rejects.toThrow("No room");
  expect(plugged()).toEqual(["eth0", "share"]);
  expect((await instances.get("default", "web")).devices).toEqual({ share });
});

it("holds a running instance to its limits at once, and to the old ones when the change fails", async () => {
  const { driver, host, instances } = await running();
  const change = (memory: string, devices: Devices = {}) =>
    done(instances.update("default", "web", { config: { "limits.memory": memory }, profiles: ["default"], devices }));
  await change("64MiB");
  await change("64MiB", { share });
  expect(driver.limits).toEqual(["64MiB"]);
  driver.failPlug = "eth1";
  await expect(change("32MiB", { eth1: second })).rejects.toThrow("No room");
  expect(driver.limits).toEqual(["64MiB", "32MiB", "64MiB"]);
  const next = await startDaemon(host);
  expect(next.driver.limits).toEqual(["64MiB"]);
});

const root = { type: "disk", path: "/", pool: "default" };
const kept = () => ({ read: { unit: "bytes", amount: 2 ** 20 } });

it("limits disks and nics at once, without taking them away", async () => {
  const { change, driver, host, instances } = await running({ share });
  const limits = () => [...host.network.ports.values()].map((port) => port.limits);
  using unplug = vi.spyOn(driver, "unplug");
  using unplugNic = vi.spyOn(driver, "unplugNic");
  const eth0 = { type: "nic", name: "eth0", network: "lodgebr0" };
  await change({
    share: { ...share, "limits.write": "50iops" },
    root: { ...root, "limits.read": "1MiB" },
    eth0: { ...eth0, "limits.max": "1Mbit" },
  });
  expect(driver.limitedDisks).toEqual({ root: kept(), share: { write: { unit: "operations", amount: 50 } } });
  expect(limits()).toEqual([{ ingress: 1e6, egress: 1e6 }]);
  const state = await instances.state("default", "web");
  expect(state.disk).toMatchObject({
    root: { limits: { read_bytes: 2 ** 20 } },
    share: { limits: { write_operations: 50 } },
  });
  expect(state.network["eth0"]?.limits).toEqual({ ingress: 1e6, egress: 1e6 });
  const next = await startDaemon(host);
  expect(next.driver.limitedDisks).toEqual(driver.limitedDisks);
  await change({ share });
  expect(driver.limitedDisks).toEqual({});
  expect(limits()).toEqual([undefined]);
  expect(unplug).not.toHaveBeenCalled();
  expect(unplugNic).not.toHaveBeenCalled();
});

it("goes back to the old limits of disks when the change fails", async () => {
  const { change, driver } = await running({ root: { ...root, "limits.read": "1MiB" } });
  driver.failPlug = "eth1";
  await expect(change({ eth1: second })).rejects.toThrow("No room");
  expect(driver.limitedDisks).toEqual({ root: kept() });
});

it("refuses a source that is not there", async () => {
  const { change } = await running();
  await expect(change({ share: { ...share, source: "/nowhere" } })).rejects.toThrow("/nowhere");
});

it("finishes what the last daemon began", async () => {
  const { host, instances, deps } = await running({ share });
  const { id } = (await deps.store.instances.list())[0] ?? {};
  if (!id) throw new Error("no record");
  const record = await deps.store.instances.get(id);
  if (record) await deps.store.instances.put({ ...record, devices: { eth1: second } });
  const next = await startDaemon(host);
  expect([...(host.processes.get(id)?.devices ?? [])].sort()).toEqual(["eth0", "eth1"]);
  expect((await next.instances.get("default", "web")).status).toBe("Running");
  expect(instances).not.toBe(next.instances);
});

it("keeps no daemon from starting when an instance does not answer", async () => {
  const { host } = await running();
  using _silent = vi.spyOn(FakeDriver.prototype, "plugged").mockRejectedValue(new Error("QEMU does not answer"));
  const next = await startDaemon(host);
  expect((await next.instances.get("default", "web")).status).toBe("Running");
});
