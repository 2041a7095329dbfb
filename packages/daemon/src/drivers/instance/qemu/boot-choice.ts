import type { DirectBoot, DiskRoot } from "@lodge/core";
import { run } from "../../../system/run.ts";
import type { Boot } from "./hardware/firmware.ts";

/**
 * How to boot a disk: its kernel directly, for as long as nothing else is to be booted first and the guest has written nothing to
 * what decides which kernel the disk boots; else by its boot loader.
 */
export async function chooseBoot(root: DiskRoot, rootFirst: boolean): Promise<Boot> {
  const { directBoot } = root;
  if (!directBoot || !rootFirst) return { kind: "firmware" };
  if (holdsOwnClusters(await mapRegion(root.path, directBoot.region), root.overlays)) return { kind: "firmware" };
  const { kernel, initrd, cmdline } = directBoot;
  return { kind: "direct", kernel, initrd, cmdline };
}

function mapRegion(path: string, region: DirectBoot["region"]): Promise<string> {
  const bounds = [`--start-offset=${region.start}`, `--max-length=${region.length}`];
  return run("qemu-img", ["map", "-U", "-f", "qcow2", "--output=json", ...bounds, path]);
}

/** Whether `qemu-img map --output=json` shows anything that the overlays themselves hold, whichever of them: data or written zeros. */
export function holdsOwnClusters(map: string, overlays: number): boolean {
  const extents = JSON.parse(map) as readonly { readonly depth: number; readonly present?: boolean }[];
  return extents.some(({ depth, present }) => depth < overlays && present !== false);
}
