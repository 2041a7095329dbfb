import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { ImageFiles, Progress } from "@lodge/core";
import type { Logger } from "pino";
import { extractDirectBoot } from "../../../system/disk/direct-boot.ts";
import { diskInfo } from "../../../system/disk/disk-range.ts";
import { run } from "../../../system/run.ts";
import type { ImageLayout } from "./layout.ts";
import { writeRecord } from "./records.ts";
import { requireSpace } from "./space.ts";

/** Makes the base disk of a VM image, which its instances share. The caller removes the directory on failure. */
export async function makeBaseDisk(
  image: ImageFiles,
  layout: ImageLayout,
  log: Logger,
  progress: Progress,
  signal: AbortSignal,
) {
  const info = await diskInfo({ path: image.rootfs, format: "qcow2" }, signal);
  if (info.needsOther) {
    throw new LodgeError({
      code: "image_invalid",
      message: `Image ${image.fingerprint.slice(0, 12)} cannot be unpacked: its disk needs another file (a backing or data file).`,
    });
  }
  if (await isCompressed(image.rootfs, signal)) await decompress(image, layout, signal);
  else await share(image, layout, signal);
  progress(70);
  const directBoot = await findDirectBoot(image, layout, log, signal);
  for (const file of [layout.disk, ...(directBoot ? [layout.kernel, layout.initrd] : [])]) await chmod(file, 0o444);
  await writeRecord(layout.record, {
    type: "virtual-machine",
    virtualSize: info.virtualSize,
    ...(directBoot && { directBoot }),
  });
}

async function isCompressed(disk: string, signal: AbortSignal): Promise<boolean> {
  const args = ["check", "--output=json", "-f", "qcow2", disk];
  const report = await run("qemu-img", args, { timeout: 300_000, signal, code: "image_invalid" }).catch(leakReport);
  return ((JSON.parse(report) as { "compressed-clusters"?: number })["compressed-clusters"] ?? 0) > 0;
}

/** Exit status 3: some space of the file is not used. That is no damage. */
function leakReport(error: unknown): string {
  const { exitCode, stdout } = (error as Error).cause as { exitCode?: number; stdout?: string };
  if (exitCode !== 3 || stdout === undefined) throw error;
  return stdout;
}

/** Once here, instead of at every read of every instance. */
async function decompress(image: ImageFiles, layout: ImageLayout, signal: AbortSignal) {
  const from = ["-f", "qcow2", image.rootfs];
  const measured = await run("qemu-img", ["measure", "--output=json", "-O", "qcow2", ...from], {
    signal,
    code: "pool_failed",
  });
  await requireSpace(layout.directory, (JSON.parse(measured) as { required: number }).required, whatFor(image));
  const args = ["convert", "-O", "qcow2", "-W", "-m", "4", ...from, layout.disk];
  await run("qemu-img", args, { timeout: 3_600_000, signal, code: "pool_failed" });
}

/** Takes the image's file itself, which never changes either, where the file system lets two names or files share it. */
async function share(image: ImageFiles, layout: ImageLayout, signal: AbortSignal) {
  for (const attempt of [
    () => copyFile(image.rootfs, layout.disk, constants.COPYFILE_FICLONE_FORCE),
    () => link(image.rootfs, layout.disk),
  ]) {
    try {
      await attempt();
      return;
    } catch {
      await rm(layout.disk, { force: true });
    }
  }
  const { blocks } = await stat(image.rootfs);
  await requireSpace(layout.directory, blocks * 512, whatFor(image));
  await run("cp", ["--sparse=always", "--", image.rootfs, layout.disk], {
    timeout: 3_600_000,
    signal,
    code: "pool_failed",
  });
}

function whatFor(image: ImageFiles): string {
  return `Unpacking image ${image.fingerprint.slice(0, 12)}`;
}

/** A shortcut only: a disk in which no kernel is found boots by its firmware. */
async function findDirectBoot(image: ImageFiles, layout: ImageLayout, log: Logger, signal: AbortSignal) {
  const scratch = join(layout.directory, "scratch");
  await mkdir(scratch, { mode: 0o700 });
  try {
    const targets = { kernel: layout.kernel, initrd: layout.initrd, scratch };
    return await extractDirectBoot({ path: layout.disk, format: "qcow2" }, targets, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn(
      { err: error, fingerprint: image.fingerprint },
      "no kernel read from the image's disk; it boots by its firmware",
    );
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
