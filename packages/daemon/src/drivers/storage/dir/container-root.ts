/** Container roots: an overlay of what the instance changed and all that it stands on, mounted with the instance's owners. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { IdRange } from "@lodge/core";
import type { Logger } from "pino";
import type { IdMapping } from "../../../system/id-mapping.ts";
import { detach, mountClone, mountOverlay } from "../../../system/mounts.ts";
import { run } from "../../../system/run.ts";
import { mountFor } from "../file-pool/container-mount.ts";
import type { ContainerLayout, ImageLayout, LayerId, PoolLayout } from "../file-pool/layout.ts";
import { makeUpper } from "./upper-directory.ts";

/** What a container's root stands on. */
export interface Stack {
  /** Each over the next. */
  readonly layers: readonly LayerId[];
  /** Beneath them; missing: a directory of the root's own without anything in it. */
  readonly image: ImageLayout | undefined;
}

/** The lowest directory of a root. */
export function groundOf(layout: ContainerLayout, image: ImageLayout | undefined): string {
  return image?.rootfs ?? layout.empty;
}

/** The directories that a root stands on, each over the next, as they are on disk. */
export function lowersOf(pool: PoolLayout, layout: ContainerLayout, { layers, image }: Stack): string[] {
  return [...layers.map((layer) => pool.layer(layer).upper), groundOf(layout, image)];
}

/** `prepareData` sees the directory of the instance's changes while it is empty. */
export async function makeContainerRoot(
  pool: PoolLayout,
  layout: ContainerLayout,
  stack: Stack,
  prepareData: (data: string) => Promise<void>,
): Promise<void> {
  if (!stack.image) await mkdir(layout.empty, { mode: 0o755 });
  await mkdir(layout.data, { mode: 0o700 });
  await prepareData(layout.data);
  const [top = layout.empty] = lowersOf(pool, layout, stack);
  await makeUpper(layout.upper, top);
  for (const directory of [layout.work, layout.stageLayer, layout.stageLayers, layout.stageData, layout.rootfs]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
}

/**
 * Copies what an instance changed, into a directory that is there or not: with hard links, holes, attributes and the overlay's
 * whiteouts, and without the data where the file system can share them. Owners on disk do not depend on the instance, so
 * nothing has to be shifted.
 */
export async function copyChanges(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const args = ["--archive", "--reflink=auto", "--sparse=auto", "--no-target-directory", "--", from, to];
  await run("cp", args, {
    timeout: 3_600_000,
    bound: true,
    code: "pool_failed",
    ...(signal && { signal }),
  });
}

/** Mounts the root unless it is mounted with these owners. */
export function mountContainerRoot(
  pool: PoolLayout,
  layout: ContainerLayout,
  stack: Stack,
  ids: IdRange,
  log: Logger,
): Promise<void> {
  const mount = (mapping: IdMapping | undefined) => mountStack(pool, layout, stack, mapping);
  return mountFor({ layout, tree: layout.upper, ids, log, mount });
}

async function mountStack(
  pool: PoolLayout,
  layout: ContainerLayout,
  { layers, image }: Stack,
  mapping: IdMapping | undefined,
): Promise<void> {
  const mapped = mapping ? { mapping } : {};
  using stage = new DisposableStack();
  const show = (source: string, target: string, readOnly: boolean) => {
    mountClone({ source, target, readOnly, ...mapped });
    stage.defer(() => detach(target));
  };
  show(groundOf(layout, image), layout.stageLayer, true);
  if (layers.length > 0) {
    // A root that was made before there were such layers has no place for them.
    await mkdir(layout.stageLayers, { recursive: true, mode: 0o700 });
    show(pool.layers, layout.stageLayers, true);
  }
  show(layout.data, layout.stageData, false);
  const staged = (path: string) => join(layout.stageLayers, path.slice(pool.layers.length));
  // The overlay keeps the mounts to itself; the stage is cleared either way.
  mountOverlay({
    lowers: [...layers.map((layer) => staged(pool.layer(layer).upper)), layout.stageLayer],
    upper: `${layout.stageData}/upper`,
    work: `${layout.stageData}/work`,
    target: layout.rootfs,
  });
}
