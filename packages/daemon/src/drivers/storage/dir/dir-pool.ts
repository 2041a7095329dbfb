import type { PoolDriver } from "@lodge/core";
import type { Logger } from "pino";
import { FilePool } from "../file-pool/file-pool.ts";
import { ContainerRoots } from "./container-roots.ts";
import { noLimits, sizeLimits } from "./size-limit.ts";

/** A pool that needs nothing but a directory. */
export function openDirPool(directory: string, log: Logger): PoolDriver {
  const limits = sizeLimits(directory);
  const containers = (books: ConstructorParameters<typeof ContainerRoots>[0]) => new ContainerRoots(books, limits);
  const volumeLimits = {
    ...limits,
    refusal: async () => ((await limits.supported()) ? undefined : noLimits),
  };
  return new FilePool({ driver: "dir", directory, log, containers, volumeLimits });
}
