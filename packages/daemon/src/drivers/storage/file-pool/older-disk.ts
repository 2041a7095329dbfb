import { access, link, rm } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { PoolBooks } from "./books.ts";
import type { RootRecord } from "./records.ts";

/**
 * Makes a layer of a VM's disk that lies in its root's own directory, as pools without snapshots had it. Returns the record as it is
 * now. Idempotent: an interrupted change has left a layer that nobody names, and goes on from the disk.
 */
export async function adoptOlderDisk(books: PoolBooks, id: InstanceId, record: RootRecord): Promise<RootRecord> {
  if (record.type !== "virtual-machine" || record.top) return record;
  const disk = join(books.layout.container(id).directory, "root.qcow2");
  if (!(await isThere(disk))) return record;
  // The same file: a QEMU that has it open writes on, and its path to the image is as long from both places.
  await using layer = await books.layers.make("Moving a disk", (made) => link(disk, made.disk));
  layer.keep();
  const adopted = { ...record, top: layer.id };
  await books.putRoot(id, adopted);
  await rm(disk);
  books.log.info({ instance: id, layer: layer.id }, "a disk of the older layout became a layer");
  return adopted;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
