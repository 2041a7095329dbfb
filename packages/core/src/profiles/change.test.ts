import type { Devices } from "@lodge/api";
import { expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import { Profiles } from "./service.ts";

const second = { type: "nic", network: "lodgebr0" };
const share = { type: "disk", source: "/srv", path: "/srv" };

/** Two running instances with the profile `extra`. */
async function twoRunning(devices: Devices = {}) {
  const daemon = await setUp();
  const profiles = new Profiles(daemon.deps, daemon.runs);
  await profiles.create("default", { name: "extra", devices });
  for (const name of ["one", "two"]) {
    await done(daemon.instances.create("default", web({ name, profiles: ["default", "extra"], start: true })));
  }
  const change = (next: Devices) => profiles.update("default", "extra", () => ({ devices: next }));
  const plugged = () => [...daemon.host.processes.values()].map((run) => [...run.devices].sort());
  return { ...daemon, profiles, change, plugged };
}

it("gives running instances new devices and takes away what goes", async () => {
  const { change, plugged } = await twoRunning();
  await change({ eth1: second, share });
  expect(plugged()).toEqual([
    ["eth0", "eth1", "share"],
    ["eth0", "eth1", "share"],
  ]);
  await change({ share });
  expect(plugged()).toEqual([
    ["eth0", "share"],
    ["eth0", "share"],
  ]);
});

it("gives each of them addresses of its own", async () => {
  const { change, instances } = await twoRunning();
  await change({ eth1: second });
  const all = await instances.list("default");
  const notes = all.flatMap(({ config }) => ["eth0", "eth1"].map((nic) => config[`volatile.${nic}.ipv4_address`]));
  expect(new Set(notes).size).toBe(4);
  expect(notes).not.toContain(undefined);
});

it("is undone everywhere when one of them cannot have a device", async () => {
  const { change, driver, plugged, profiles, instances } = await twoRunning({ share });
  const before = [await profiles.list("default"), await instances.list("default")];
  const plugNic = driver.plugNic.bind(driver);
  let plugs = 0;
  driver.plugNic = async (id, nic) => {
    if (++plugs === 2) throw new Error("no room");
    await plugNic(id, nic);
  };
  await expect(change({ eth1: second })).rejects.toThrow(/extra.*"two".*no room/);
  expect(plugged()).toEqual([
    ["eth0", "share"],
    ["eth0", "share"],
  ]);
  expect([await profiles.list("default"), await instances.list("default")]).toEqual(before);
});

it("is finished by the next daemon when it was interrupted", async () => {
  const { change, driver, plugged, host } = await twoRunning();
  const interrupted = Promise.withResolvers<void>();
  driver.plugNic = () => {
    interrupted.resolve();
    return new Promise(() => {});
  };
  void change({ eth1: second });
  await interrupted.promise;
  await startDaemon(host);
  expect(plugged()).toEqual([
    ["eth0", "eth1"],
    ["eth0", "eth1"],
  ]);
});
