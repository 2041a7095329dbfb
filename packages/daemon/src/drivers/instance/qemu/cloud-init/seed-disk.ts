import { rename, rm } from "node:fs/promises";
import type { AttachedDisk, CloudInitSeed } from "@lodge/core";
import { run } from "../../../../system/run.ts";
import { guestSetup } from "./guest-setup.ts";

/** No device of a configuration has such a name. */
export const seedDiskName = "_cloud-init";

/** How cloud-init's NoCloud data source finds the disk. */
const label = "CIDATA";

/**
 * Makes the disk with the seed at `path`: a FAT file system, which all guests' kernels read, on virtio, since a cloud kernel has no
 * SATA. `guestTrees`: see `guestSetup`.
 */
export async function makeSeedDisk(path: string, seed: CloudInitSeed, guestTrees: string): Promise<AttachedDisk> {
  const files = {
    "meta-data": seed.metaData,
    "user-data": seed.userData,
    "vendor-data": seed.vendorData ?? (await guestSetup(guestTrees)),
    ...(seed.networkConfig !== undefined && { "network-config": seed.networkConfig }),
  };
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const size = Object.values(files).reduce((bytes, content) => bytes + Buffer.byteLength(content), 0);
  await run("mkfs.vfat", ["-C", "-n", label, draft, String(Math.ceil(size / 1024) + spareKibibytes)]);
  for (const [name, content] of Object.entries(files)) {
    await run("mcopy", ["-i", draft, "-", `::${name}`], { input: content });
  }
  await rename(draft, path);
  const device = { type: "disk", name: seedDiskName, source: path, format: "raw", bus: "virtio-blk" } as const;
  return { ...device, readonly: true, required: true, shift: true, recursive: false };
}

/** For what FAT itself needs, and the last block of each file. */
const spareKibibytes = 1024;
