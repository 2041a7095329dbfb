import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { DiskRate } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk, DiskLimits, DiskLimitsSeen, RootDisk } from "@lodge/core";
import { blockDeviceOf } from "../../../system/block-device.ts";
import { averageLimits, type DeviceLimits } from "../../../system/cgroup-io.ts";
import type { RunPaths } from "./run-paths.ts";

/** Disks with what they may do; the root with where it is mounted. */
export interface LimitedDisks {
  readonly root: Pick<RootDisk, "device" | "limits"> & { readonly path: string };
  readonly disks: readonly AttachedDisk[];
}

/** What a container's group is to be held to. `host_unsupported`: a disk lies on no block device that the host tells. */
export async function limitsOfDisks({ root, disks }: LimitedDisks): Promise<DeviceLimits[]> {
  const all = [{ name: root.device, limits: root.limits, source: beneath(root) }, ...disks];
  const limited = await Promise.all(
    all.map(async ({ name, limits, source }) => (limits ? limitsOn(name, source, limits) : [])),
  );
  return averageLimits(limited.flat());
}

/** What holds disks, of what holds a container's group, by device. */
export async function limitsSeen(
  { root, disks }: LimitedDisks,
  held: readonly DeviceLimits[],
): Promise<Record<string, DiskLimitsSeen>> {
  const all = [{ name: root.device, source: beneath(root) }, ...disks];
  const seen = await Promise.all(
    all.map(async ({ name, source }) => {
      const on = await blockDeviceOf(source).catch(() => undefined);
      const { device, ...limits } = held.find((each) => each.device === on) ?? {};
      return device === undefined ? [] : [[name, limits] as const];
    }),
  );
  return Object.fromEntries(seen.flat());
}

/** The root is layers, of which the uppermost lies beside where they are mounted. */
const beneath = ({ path }: LimitedDisks["root"]): string => dirname(path);

/** Where the root of a container that runs is mounted. */
export async function rootPathOf(paths: RunPaths): Promise<string> {
  const bundle = JSON.parse(await readFile(paths.configuration, "utf8")) as {
    readonly root: { readonly path: string };
  };
  return bundle.root.path;
}

async function limitsOn(name: string, source: string, { read, write }: DiskLimits): Promise<DeviceLimits[]> {
  const found = await blockDeviceOf(source).then(
    (device) => ({ device }),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    },
  );
  // What is not required may be missing.
  if (!found) return [];
  const { device } = found;
  if (device === undefined) {
    throw new LodgeError({
      code: "host_unsupported",
      message: `Device "${name}" cannot be limited: ${source} lies on no block device of the host, but in memory, on a network or in layers of another file system.`,
    });
  }
  return [{ device, ...inUnits("read", read), ...inUnits("write", write) }];
}

function inUnits(direction: "read" | "write", rate: DiskRate | undefined): Partial<DeviceLimits> {
  if (!rate) return {};
  const unit = rate.unit === "bytes" ? "Bytes" : "Operations";
  return { [`${direction}${unit}`]: rate.amount };
}
