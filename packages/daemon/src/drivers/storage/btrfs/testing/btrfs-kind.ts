import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import pino from "pino";
import { LodgePaths } from "../../../../system/paths.ts";
import { run } from "../../../../system/run.ts";
import type { PoolKind } from "../../file-pool/testing/pool-host.ts";
import { createBtrfsDriver } from "../btrfs-driver.ts";
import { openBtrfsPool } from "../btrfs-pool.ts";

const log = pino({ level: "silent" });
const definition = { name: "default", config: { size: "512MiB" } };

export const driverIn = (lodgeDir: string) => createBtrfsDriver({ paths: new LodgePaths(lodgeDir), log });

/** In a file, mounted as a loop device. */
export const btrfsKind: PoolKind = {
  name: "btrfs",
  make: async (lodgeDir) => {
    const driver = driverIn(lodgeDir);
    await mkdir(join(lodgeDir, "pools"), { mode: 0o711 });
    await driver.create(definition);
    await driver.open(definition);
  },
  open: (lodgeDir) => openBtrfsPool(new LodgePaths(lodgeDir).pool("default"), log),
  remove: (lodgeDir) => driverIn(lodgeDir).remove(definition),
  load: new URL("snapshot-load.ts", import.meta.url),
};

/** Why no such pool can be made here; undefined: it can. */
export async function btrfsProblem(): Promise<string | undefined> {
  const works = (file: string, ...args: string[]) =>
    run(file, args).then(
      () => true,
      () => false,
    );
  if (!(await works("mkfs.btrfs", "--version"))) return "mkfs.btrfs is not installed (Debian package btrfs-progs)";
  if (!(await works("losetup", "--find"))) return "the host has no loop devices";
  if (!(await works("grep", "-qw", "btrfs", "/proc/filesystems"))) return "the host's kernel has no btrfs";
  return undefined;
}
