import type { PoolDriver } from "@lodge/core";
import type { Logger } from "pino";
import { FilePool } from "../file-pool/file-pool.ts";
import { SubvolumeRoots } from "./container-roots.ts";

/** A pool in a directory on btrfs, which is mounted. */
export function openBtrfsPool(directory: string, log: Logger): PoolDriver {
  return new FilePool({ driver: "btrfs", directory, log, containers: (books) => new SubvolumeRoots(books) });
}
