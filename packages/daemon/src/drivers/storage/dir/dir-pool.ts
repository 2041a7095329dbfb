import type { PoolDriver } from "@lodge/core";
import type { Logger } from "pino";
import { FilePool } from "../file-pool/file-pool.ts";
import { ContainerRoots } from "./container-roots.ts";
import { directoryTrees } from "./directory-trees.ts";
import { sizeLimits } from "./size-limit.ts";

/** A pool that needs nothing but a directory. */
export function openDirPool(directory: string, log: Logger): PoolDriver {
  const limits = sizeLimits(directory);
  const containers = (books: ConstructorParameters<typeof ContainerRoots>[0]) => new ContainerRoots(books, limits);
  return new FilePool({ driver: "dir", directory, log, containers, volumeTrees: directoryTrees(limits) });
}
