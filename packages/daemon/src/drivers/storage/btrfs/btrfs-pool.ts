import type { PoolDriver } from "@lodge/core";
import type { Logger } from "pino";
import { FilePool } from "../file-pool/file-pool.ts";
import { SubvolumeRoots } from "./container-roots.ts";
import { subvolumeTrees } from "./subvolume-trees.ts";

/** A pool in a directory on btrfs, which is mounted. */
export function openBtrfsPool(directory: string, log: Logger): PoolDriver {
  const containers = (books: ConstructorParameters<typeof SubvolumeRoots>[0]) => new SubvolumeRoots(books);
  return new FilePool({ driver: "btrfs", directory, log, containers, volumeTrees: subvolumeTrees(directory) });
}
