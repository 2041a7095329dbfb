import { beforeEach, expect, it } from "vitest";
import { done, setUp, web } from "../instances/testing/fake-host.ts";
import { OwnedVolumes } from "./owned-volumes.ts";

let volumes: OwnedVolumes;
beforeEach(async () => {
  const world = await setUp();
  volumes = new OwnedVolumes(world.deps);
  await done(world.instances.create("default", web()));
  const machine = { name: "db", source: { type: "image" as const, alias: "machine" } };
  await done(world.instances.create("default", machine));
  await done(world.snapshots.create("default", "web", { name: "snap0" }));
});

const at = { pool: "default", project: "default" };

it("are what instances have, and the images that they stand on", async () => {
  const shown = (await volumes.list("default", "default")).map((v) => [v.type, v.content_type, v.name.slice(0, 3)]);
  expect(shown).toEqual([
    ["image", "filesystem", "aaa"],
    ["image", "block", "ccc"],
    ["virtual-machine", "block", "db"],
    ["container", "filesystem", "web"],
    ["container", "filesystem", "web"],
  ]);
  expect((await volumes.list("default", "default")).at(-1)).toMatchObject({
    ...{ name: "web/snap0", type: "container", used_by: ["/1.0/instances/web/snapshots/snap0"] },
  });
  expect(await volumes.list("default", "other")).toEqual([]);
  expect(await volumes.list("blue", "default")).toEqual([]);
});

it("are found by their type, with the snapshots of their instance", async () => {
  const volume = { ...at, type: "container", name: "web" } as const;
  expect(await volumes.get(volume)).toMatchObject({ name: "web", used_by: ["/1.0/instances/web"] });
  expect(await volumes.state(volume)).toEqual({ usage: { used: expect.any(Number), total: 0 } });
  expect((await volumes.snapshots(volume)).map(({ name }) => name)).toEqual(["web/snap0"]);
  expect(await volumes.snapshot(volume, "snap0")).toMatchObject({ name: "web/snap0", expires_at: null });
  await expect(volumes.snapshot(volume, "snap1")).rejects.toMatchObject({ code: "snapshot_not_found" });
  const image = { ...at, type: "image", name: "a".repeat(64) } as const;
  expect(await volumes.snapshots(image)).toEqual([]);
  await expect(volumes.get({ ...volume, name: "web/snap0" })).rejects.toMatchObject({ code: "volume_not_found" });
  for (const type of ["virtual-machine", "image"] as const)
    await expect(volumes.get({ ...volume, type })).rejects.toMatchObject({ code: "volume_not_found" });
});
