import { LodgeError } from "@lodge/api";
import { expect, it } from "vitest";
import { done, setUp, web } from "../instances/testing/fake-host.ts";
import type { VolumeId } from "../storage/volumes.ts";
import { abandonPool } from "./abandon.ts";

const withCode = (code: string) => expect.objectContaining({ code });
const problem = new LodgeError({ code: "pool_unavailable", message: "Its disk is gone." });

/** An instance and a volume in a pool whose disk is gone then. */
async function lost() {
  const world = await setUp();
  const { instances, host, deps, runs } = world;
  await done(instances.create("default", web()));
  await host.store.volumes.put({
    ...{ id: "0000000a" as VolumeId, pool: "default", project: "default", name: "data", description: "", config: {} },
    ...{ contentType: "filesystem", life: "present", createdAt: new Date(0) },
  });
  const pools = { get: () => undefined, keys: () => [], values: () => [], problem: () => problem };
  return { ...world, abandon: () => abandonPool({ ...deps, pools }, runs, "default") };
}

it("forgets what lay in a pool that is lost, once no profile names it", async () => {
  const { abandon, host, actions } = await lost();
  await expect(abandon()).rejects.toEqual(withCode("pool_in_use"));
  expect(await host.store.instances.list()).toHaveLength(1);
  const [profile] = await host.store.profiles.list();
  if (profile) await host.store.profiles.put({ ...profile, devices: {} });
  await abandon();
  expect(await host.store.instances.list()).toEqual([]);
  expect(await host.store.volumes.list()).toEqual([]);
  expect(actions.slice(-2)).toEqual(["instance-deleted", "storage-volume-deleted"]);
});

it("leaves a pool alone that is there, and what runs", async () => {
  const { deps, runs, abandon, instances } = await lost();
  await expect(abandonPool(deps, runs, "default")).rejects.toEqual(withCode("pool_in_use"));
  await done(instances.changeState("default", "web", { action: "start" }));
  await expect(abandon()).rejects.toEqual(withCode("instance_wrong_state"));
});
