/** VM roots: a qcow2 overlay on the image's base disk. */
import { chmod, chown, open, stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { type DiskRoot, emptyDiskSize, type IdRange, type RootRequest } from "@lodge/core";
import { run } from "../../../system/run.ts";
import { type DiskLayout, type ImageLayout, relativeBase } from "./layout.ts";
import type { ImageRecord } from "./records.ts";
import { requireSpace } from "./space.ts";

export async function makeDiskRoot(
  layout: DiskLayout,
  request: RootRequest,
  image: ImageRecord | undefined,
): Promise<void> {
  if (image) requireNotSmaller(request, image.virtualSize, "its image");
  const base = request.fingerprint === undefined ? [] : ["-b", relativeBase(request.fingerprint), "-F", "qcow2"];
  const size = request.size ?? image?.virtualSize ?? emptyDiskSize;
  await run("qemu-img", ["create", "-q", "-f", "qcow2", ...base, layout.disk, `${size}`], { code: "pool_failed" });
}

/** Copies a stopped VM's overlay; it may grow on the way. */
export async function copyDiskRoot(from: DiskLayout, to: DiskLayout, request: RootRequest): Promise<void> {
  requireNotSmaller(request, await virtualSize(from.disk), "the root it is copied from");
  await requireSpace(to.directory, await diskUsage(from), "Copying the root disk");
  const args = ["--reflink=auto", "--sparse=always", "--", from.disk, to.disk];
  await run("cp", args, { timeout: 3_600_000, code: "pool_failed" });
  await grow(to, request.size);
}

function requireNotSmaller({ size, id }: RootRequest, least: number, what: string): void {
  if (size === undefined || size >= least) return;
  throw new LodgeError({
    code: "config_value_invalid",
    message: `The root disk of instance ${id} cannot be ${size} bytes: ${what} has ${least}. Ask for at least that.`,
  });
}

/** Hands the disk to the VM's QEMU and makes it as large as asked; it never shrinks. */
export async function prepareDiskRoot(
  layout: DiskLayout,
  request: RootRequest,
  ids: IdRange,
  image: (ImageLayout & Pick<ImageRecord, "directBoot">) | undefined,
): Promise<DiskRoot> {
  await chown(layout.directory, 0, ids.base);
  await chmod(layout.directory, 0o710);
  await chown(layout.disk, ids.base, ids.base);
  await chmod(layout.disk, 0o600);
  await grow(layout, request.size);
  return {
    kind: "disk",
    path: layout.disk,
    format: "qcow2",
    ...(image?.directBoot && { directBoot: { kernel: image.kernel, initrd: image.initrd, ...image.directBoot } }),
  };
}

async function grow(layout: DiskLayout, size: number | undefined): Promise<void> {
  if (size === undefined || size <= (await virtualSize(layout.disk))) return;
  try {
    await run("qemu-img", ["resize", "-q", "-f", "qcow2", layout.disk, `${size}`], { code: "pool_failed" });
  } catch (error) {
    // A VM that runs holds the lock: its disk grows at its next start.
    if (!/Failed to get "(write|consistent read)" lock/.test((error as Error).message)) throw error;
  }
}

/** From the qcow2 header: starting qemu-img for it would cost more than all the rest of a start. */
async function virtualSize(path: string): Promise<number> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
  if (bytesRead < 32 || buffer.readUInt32BE(0) !== 0x514649fb) {
    throw new LodgeError({ code: "pool_failed", message: `${path} is no qcow2 disk any more.` });
  }
  return Number(buffer.readBigUInt64BE(24));
}

/** Bytes that the overlay takes on the host. */
export async function diskUsage(layout: DiskLayout): Promise<number> {
  return (await stat(layout.disk)).blocks * 512;
}
