import { expect, it } from "vitest";
import { hasCloudInitDisk, readDisks } from "../devices/disks.ts";
import { done, setUp, web } from "../testing/fake-host.ts";

async function world(config: Record<string, string>) {
  const { instances, driver, deps } = await setUp();
  await done(instances.create("default", web({ config })));
  const seeds: (string | undefined)[] = [];
  const start = driver.start.bind(driver);
  driver.start = async (spec) => {
    seeds.push(spec.seed && /instance-id: (\S+)/.exec(spec.seed.metaData)?.[1]);
    await start(spec);
  };
  const run = async () => {
    await done(instances.changeState("default", "web", { action: "start" }));
    await done(instances.changeState("default", "web", { action: "stop", force: true }));
    return seeds.at(-1);
  };
  return { instances, deps, run };
}

it("gives no seed to who asked for none", async () => {
  const { run } = await world({ "user.note": "x" });
  expect(await run()).toBeUndefined();
});

it("keeps the instance id from start to start, and changes it with what cloud-init is told", async () => {
  const { instances, run } = await world({ "cloud-init.user-data": "#cloud-config\n" });
  const first = await run();
  expect(await run()).toBe(first);
  const { config } = await instances.get("default", "web");
  expect(config["volatile.cloud-init.instance-id"]).toBe(first);
  await done(instances.update("default", "web", { config: { ...config, "limits.cpu": "1" }, profiles: ["default"] }));
  expect(await run()).toBe(first);
  const changed = { ...config, "cloud-init.user-data": "#cloud-config\nhostname: x\n" };
  await done(instances.update("default", "web", { config: changed, profiles: ["default"] }));
  const second = await run();
  expect(second).not.toBe(first);
  await done(instances.rename("default", "web", "shop"));
  await done(instances.rename("default", "shop", "web"));
  expect(await run()).toBe(second);
});

it("is a new one for a copy", async () => {
  const { instances, run } = await world({ "cloud-init.user-data": "#cloud-config\n" });
  await run();
  await done(instances.create("default", { name: "copy", source: { type: "copy", source: "web" } }));
  expect((await instances.get("default", "copy")).config).not.toHaveProperty("volatile.cloud-init.instance-id");
});

it("is for a VM that has cloud-init's disk, too", () => {
  const devices = { seed: { type: "disk", source: "cloud-init:config" } };
  expect(hasCloudInitDisk(devices)).toBe(true);
  expect(readDisks("instance vm", "virtual-machine", devices)).toEqual([]);
  expect(() => readDisks("instance web", "container", devices)).toThrow(/not for a container/);
});
