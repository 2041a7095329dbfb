import { chmod, chown, mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { makeShared, mountNodes, unbind } from "../../../../system/bind-mount.ts";
import { createIdMapping } from "../../../../system/id-mapping.ts";
import { SystemCallError } from "../../../../system/libc.ts";
import { mountClone } from "../../../../system/mounts.ts";
import { errnoName } from "../../../../system/rooted-errors.ts";
import { run } from "../../../../system/run.ts";
import type { RunPaths } from "../run-paths.ts";
import type { NodeOffer, Offer, TreeOffer } from "./offer.ts";

/** Host ids of the container; missing: it runs in the host's own. */
export type ContainerIds = { readonly base: number; readonly size: number } | undefined;

/** Makes the device directory. Undone by `removeDeviceDirectory`. */
export async function makeDeviceDirectory({ devices }: RunPaths): Promise<void> {
  await mkdir(devices, { recursive: true, mode: 0o711 });
  unbind(devices);
  mountNodes(devices);
  // Mounts made in it come to be in the container, and nothing comes back: crun makes the container's side a slave.
  makeShared(devices);
}

/** Idempotent. */
export function removeDeviceDirectory({ devices, staging }: RunPaths): void {
  unbind(staging);
  unbind(devices);
}

/** Places an offer where the container's device directory sees it. Undone by `removeOffer`, which also clears up after a failure. */
export async function placeOffer(paths: RunPaths, offer: Offer, ids: ContainerIds): Promise<void> {
  const path = join(paths.devices, offer.name);
  if (offer.kind === "node") return placeNode(path, offer, ids);
  if (offer.kind === "directory") await mkdir(path);
  else await writeFile(path, "");
  if (!offer.mountSource) return placeTree(path, offer, offer.source, ids);
  await mountBlockDevice(offer, paths.staging);
  try {
    await placeTree(path, offer, paths.staging, ids);
  } finally {
    unbind(paths.staging);
  }
}

/** Idempotent. */
export async function removeOffer({ devices }: RunPaths, name: string): Promise<void> {
  const path = join(devices, name);
  unbind(path);
  await rmdir(path).catch(() => rm(path, { force: true }));
}

async function placeNode(path: string, { node, access }: NodeOffer, ids: ContainerIds): Promise<void> {
  const { type, major, minor } = node;
  await run("mknod", [path, type, String(major), String(minor)], { code: "device_plug_failed" });
  const base = ids?.base ?? 0;
  await chown(path, base + access.uid, base + access.gid);
  await chmod(path, access.mode);
}

async function placeTree(path: string, offer: TreeOffer, source: string, ids: ContainerIds): Promise<void> {
  const shift = ids && offer.shift;
  using mapping = shift ? await createIdMapping([{ disk: 0, host: ids.base, count: ids.size }]) : undefined;
  try {
    mountClone({
      source,
      target: path,
      readOnly: offer.readonly,
      recursive: offer.recursive,
      ...(mapping && { mapping }),
      advice: 'set "shift=false" on the device, and its owners are nobody inside',
    });
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    throw new LodgeError({
      code: errnoName(error) === "ENOENT" ? "device_source_invalid" : "device_plug_failed",
      message: `Device "${offer.name}": ${offer.source} cannot be mounted: ${error.message}.`,
      cause: error,
    });
  }
}

/** The program knows how to find out what file system is on it. */
async function mountBlockDevice({ source, readonly, name }: TreeOffer, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  unbind(target);
  const options = ["nosuid", "nodev", ...(readonly ? ["ro"] : [])].join(",");
  try {
    await run("mount", ["--options", options, "--source", source, "--target", target]);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new LodgeError({
      code: "device_source_invalid",
      message: `Device "${name}": what is on ${source} cannot be mounted: ${words}`,
      cause,
    });
  }
}
