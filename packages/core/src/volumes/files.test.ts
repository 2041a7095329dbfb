import { expect, it } from "vitest";
import type { GuestFiles } from "../instances/driver.ts";
import { KeyedLock } from "../instances/lock.ts";
import { done, setUp } from "../instances/testing/fake-host.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { VolumeFiles } from "./files.ts";
import { Volumes } from "./service.ts";
import { VolumeSnapshots } from "./snapshots.ts";

const data = { pool: "default", project: "default", name: "data" };

async function world() {
  const { deps, runs } = await setUp();
  const opened: string[] = [];
  const closed: string[] = [];
  const volumeFiles = new VolumeFiles((path) => {
    opened.push(path);
    return { close: async () => void closed.push(path) } as GuestFiles;
  });
  const all: VolumeDependencies = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles };
  const [volumes, snapshots] = [new Volumes(all), new VolumeSnapshots(all)];
  await volumes.create("default", "default", { name: "data" });
  return { volumes, snapshots, opened, closed, volumeFiles };
}

it("files lie where the volume does, and are closed once", async () => {
  const { volumes, opened, closed, volumeFiles } = await world();
  const [one, two] = [await volumes.files(data), await volumes.files(data)];
  expect(opened).toEqual([expect.stringMatching(/^\/fake\/volumes\/\w+$/), opened[0]]);
  const id = opened[0]?.split("/").at(-1) as VolumeId;
  await one.close();
  expect(volumeFiles.isOpen(id)).toBe(true);
  await two.close();
  expect([closed.length, volumeFiles.isOpen(id)]).toEqual([2, false]);
});

it("what keeps the volume leaves them open, and what takes or replaces it ends them", async () => {
  const { volumes, snapshots, closed } = await world();
  const copy = (name: string, refresh = false) =>
    volumes
      .create("default", "default", { name, source: { type: "copy", name: "data", refresh } })
      .then((it) => it?.done);
  await volumes.files(data);
  await done(snapshots.create(data, { name: "s" }));
  await copy("copy");
  await volumes.update(data, () => ({ description: "d" }));
  expect(closed).toEqual([]);
  await snapshots.restore(data, "s");
  expect(closed).toHaveLength(1);
  await volumes.files({ ...data, name: "copy" });
  await copy("copy", true);
  expect(closed).toHaveLength(2);
  await volumes.files(data);
  await volumes.delete(data);
  expect(closed).toHaveLength(3);
  await expect(volumes.files(data)).rejects.toMatchObject({ code: "volume_not_found" });
});

it("a disk has none", async () => {
  const { volumes } = await world();
  await volumes.create("default", "default", { name: "disk", content_type: "block" });
  await expect(volumes.files({ ...data, name: "disk" })).rejects.toMatchObject({ code: "not_supported" });
});
