import type { ImagePublish } from "@lodge/api";
import { describe, expect, it } from "vitest";
import type { SnapshotRecord } from "../store.ts";
import { done, setUp, web } from "./testing/fake-host.ts";

const request = (name: string, more: Partial<ImagePublish> = {}): ImagePublish => ({
  source: { type: name.includes("/") ? "snapshot" : "instance", name },
  ...more,
});

async function withWeb(start = false) {
  const world = await setUp();
  await done(world.instances.create("default", web({ start, config: { "image.os": "tiny", "user.x": "1" } })));
  const [record] = await world.host.store.instances.list();
  if (!record) throw new Error("no record");
  return { ...world, record };
}

describe("publishing", () => {
  it("keeps an image with the properties of the instance's own image and those that were given", async () => {
    const { instances, published, host, record } = await withWeb();
    const properties = { description: "Golden" };
    const operation = await done(instances.publish("default", request("web", { properties })));
    expect(operation.render().metadata).toMatchObject({ fingerprint: "b".repeat(64), size: "7" });
    expect(published).toMatchObject([
      { metadata: { architecture: "x86_64", creationDate: 1_767_323_045, properties: { os: "tiny", ...properties } } },
    ]);
    // Seen as the guest sees it, and settled afterwards.
    expect(host.pool.prepared.has(record.id)).toBe(false);
  });

  it.each<[string, ImagePublish, string]>([
    ["what does not exist", request("gone"), "instance_not_found"],
    ["a snapshot that does not exist", request("web/gone"), "snapshot_not_found"],
    ["a snapshot under a wrong type", { source: { type: "instance", name: "web/x" } }, "request_invalid"],
  ])("refuses %s", async (_, asked, code) => {
    const { instances, published } = await withWeb();
    await expect(instances.publish("default", asked)).rejects.toMatchObject({ code });
    expect(published).toEqual([]);
  });

  it("refuses what runs, but not a snapshot of it, which is seen through a root that goes again", async () => {
    const { instances, published, host, record } = await withWeb(true);
    await expect(instances.publish("default", request("web"))).rejects.toMatchObject({ code: "instance_wrong_state" });
    const snapshot: SnapshotRecord = {
      ...record,
      id: "0badcafe" as SnapshotRecord["id"],
      instance: record.id,
      name: "monday",
      config: { "image.os": "older" },
      life: "present",
    };
    await host.pool.snapshots.create({ root: record.id, snapshot: snapshot.id });
    await host.store.snapshots.put(snapshot);
    await done(instances.publish("default", request("web/monday")));
    expect(published).toMatchObject([{ metadata: { properties: { os: "older" } } }]);
    expect([...host.pool.roots.keys()]).toEqual([record.id]);
  });

  it("leaves the instance as it was when packing fails", async () => {
    const { instances, host, record, deps } = await withWeb();
    const packer = deps.packer as { pack: () => Promise<never> };
    packer.pack = async () => {
      throw new Error("no room");
    };
    await expect(done(instances.publish("default", request("web")))).rejects.toThrow("no room");
    expect(host.pool.prepared.has(record.id)).toBe(false);
    await done(instances.changeState("default", "web", { action: "start" }));
  });
});
