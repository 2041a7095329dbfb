import type { LodgeError, Pool } from "@lodge/api";
import { instanceUrl } from "../instances/dependencies.ts";
import { inProject } from "../project-url.ts";
import type { PoolRecord } from "../store.ts";
import type { PoolInfo } from "./pool.ts";
import type { PoolUsers } from "./users.ts";
import { volumeUrl } from "./volume-url.ts";

/** A pool as the wire shows it; without `info` it is not available. */
export function renderPool(
  { name, driver, description, config }: PoolRecord,
  { instances, profiles, volumes }: PoolUsers,
  info: PoolInfo | undefined,
  problem: LodgeError | undefined,
): Pool {
  return {
    name,
    description,
    driver,
    status: info ? "Created" : "Unavailable",
    config,
    used_by: [
      ...instances
        .filter(({ life }) => life === "present")
        .map(({ name, project }) => inProject(instanceUrl(name), project)),
      ...profiles.map(({ name, project }) => inProject(`/1.0/profiles/${name}`, project)),
      ...volumes.filter(({ life }) => life === "present").map((each) => inProject(volumeUrl(each), each.project)),
    ],
    locations: ["none"],
    ...(problem && { problem: problem.message }),
    ...(info && { features: renderFeatures(info) }),
  };
}

function renderFeatures(info: PoolInfo): Pool["features"] {
  return {
    container_size: info.containerSize,
    ...(info.containerSizeReason !== undefined && { container_size_reason: info.containerSizeReason }),
    container_copies: info.containerCopies,
  };
}
