import { expect, it } from "vitest";
import { checkConfig, checkProfileConfig } from "../instances/configuration.ts";
import { checkDevices, checkProfileDevices } from "../instances/devices/check.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { ensureSandboxProfile, sandboxProfile } from "./sandbox.ts";

const key = { project: "default", name: "sandbox" };

it("fits instances of both types", () => {
  const { config, devices } = sandboxProfile;
  checkProfileConfig("sandbox", config);
  checkProfileDevices("sandbox", devices);
  for (const type of ["container", "virtual-machine"] as const) {
    checkConfig("instance web", type, config, { cpus: 1, memory: 2 ** 30 });
    checkDevices("instance web", type, devices);
  }
});

it("has no network", () => {
  expect(Object.values(sandboxProfile.devices).map(({ type }) => type)).toEqual(["disk"]);
});

it("is made once, and then its users'", async () => {
  const store = new MemoryStore();
  await ensureSandboxProfile(store);
  await store.profiles.put({ ...sandboxProfile, config: { ttl: "2h" } });
  await ensureSandboxProfile(store);
  expect((await store.profiles.get(key))?.config).toEqual({ ttl: "2h" });
  await store.profiles.remove(key);
  await ensureSandboxProfile(store);
  expect(await store.profiles.list()).toEqual([]);
});

it("leaves one of the user's own alone", async () => {
  const store = new MemoryStore();
  const own = { ...sandboxProfile, description: "mine" };
  await store.profiles.put(own);
  await ensureSandboxProfile(store);
  expect(await store.profiles.get(key)).toEqual(own);
});
