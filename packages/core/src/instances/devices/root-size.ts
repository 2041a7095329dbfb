import { type InstanceType, LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../dependencies.ts";
import type { RootDisk } from "./disks.ts";

/** Refuses a size of a container's root that its pool cannot hold it to. */
export async function requireRootSize(
  deps: InstanceDependencies,
  owner: string,
  type: InstanceType,
  root: RootDisk,
): Promise<void> {
  const info = await poolOf(deps, root.pool).info();
  if (type !== "container" || root.size === undefined || info.containerSize) return;
  throw new LodgeError({
    code: "pool_size_unsupported",
    message: `Pool "${root.pool}" cannot limit the root size of ${owner}: ${info.containerSizeReason ?? "its file system has no project quotas"}. Leave the size out.`,
  });
}
