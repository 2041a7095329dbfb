import { readFile, rm } from "node:fs/promises";
import { isTrue } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { DirectBoot, DiskRoot } from "@lodge/core";
import { extractRange } from "../../../../system/disk/disk-range.ts";
import { run } from "../../../../system/run.ts";
import { diskPlatform, headBytes, type Platform, wantedPlatform } from "./platform.ts";

/** How a machine is to come to its kernel. */
export type BootPlan =
  | ({ readonly kind: "direct" } & Pick<DirectBoot, "kernel" | "initrd" | "cmdline">)
  | { readonly kind: "firmware"; readonly platform: Platform; readonly secureBoot: boolean };

/** What the firmware of an instance depends on. */
export interface BootQuestion {
  readonly root: DiskRoot;
  readonly config: Readonly<Record<string, string>>;
  /** The root disk is what the firmware tries first. */
  readonly rootFirst: boolean;
  /** What was chosen for the instance by its disk before. */
  readonly recorded: Platform | undefined;
  /** For a temporary file. */
  readonly scratch: string;
}

export interface BootAnswer {
  readonly plan: BootPlan;
  /** To be recorded: what the disk decided. */
  readonly platform: Platform;
}

/**
 * A disk's kernel is loaded directly for as long as nothing else is to be booted first and the guest has written nothing to what
 * decides which kernel the disk boots; else it is started by firmware. Where the configuration says nothing, the disk decides by
 * which, once for the instance's life: what a guest does to its partitions does not change its hardware.
 */
export async function chooseBoot(question: BootQuestion): Promise<BootAnswer> {
  const { config, recorded, root } = question;
  const wanted = wantedPlatform(config);
  const platform = recorded ?? (root.directBoot ? "bios" : diskPlatform(await readHead(question)));
  const secureBoot = isTrue(config["security.secureboot"]);
  const direct = wanted === "uefi" ? undefined : await directKernel(question);
  return { plan: direct ?? { kind: "firmware", platform: wanted ?? platform, secureBoot }, platform };
}

async function directKernel({ root, rootFirst }: BootQuestion): Promise<BootPlan | undefined> {
  const { directBoot } = root;
  if (!directBoot || !rootFirst) return undefined;
  if (holdsOwnClusters(await mapRegion(root.path, directBoot.region), root.overlays)) return undefined;
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

async function readHead({ root, scratch }: BootQuestion): Promise<Buffer> {
  try {
    await extractRange(root, { start: 0, length: headBytes }, scratch, AbortSignal.timeout(60_000));
    return await readFile(scratch);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LodgeError({
      code: "instance_start_failed",
      message: `The root disk cannot be read: ${words}`,
      cause: error,
    });
  } finally {
    await rm(scratch, { force: true });
  }
}
