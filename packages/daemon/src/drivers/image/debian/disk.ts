/** Makes a bootable disk of a root file system, without loop devices and without mounting anything. */
import { cp, mkdir, open, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { type BootIdentity, type BootSettings, efiGrubConfig, fstab, grubConfig, grubDefaults } from "./boot-config.ts";
import type { BootLoader } from "./boot-loader.ts";
import { type DiskLayout, type Partition, sectorSize, sfdiskScript } from "./disk-layout.ts";
import { runIsolated } from "./isolated.ts";
import { newestKernel } from "./kernel-files.ts";
import { patchBootSector, patchCoreImage } from "./mbr.ts";
import { emptyDirectory, placeFile } from "./tree.ts";

export interface DiskPlan {
  /** Its /boot moves into the boot partition. */
  readonly root: string;
  readonly loader: BootLoader;
  readonly identity: BootIdentity;
  readonly settings: BootSettings;
  readonly layout: DiskLayout;
  /** For scratch files. */
  readonly scratch: string;
  /** The disk to make. */
  readonly qcow2: string;
}

const timeout = 600_000;

export async function makeDisk(
  plan: DiskPlan,
  progress: (step: string, percent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { layout, scratch } = plan;
  const image = join(scratch, "disk.img");
  const tool = (file: string, args: string[], input?: string) =>
    runIsolated(file, args, { step: "Making the disk", signal, timeout, ...(input !== undefined && { input }) });

  progress("Making the disk", 82);
  const boot = await fillBootDirectory(plan);
  await placeFile(plan.root, "/etc/fstab", fstab(plan.identity), 0o644);
  await writeFile(image, "");
  await truncate(image, layout.size);
  await tool("sfdisk", ["--quiet", image], sfdiskScript(layout));
  await tool("mke2fs", ext4Arguments(image, layout.boot, plan.identity.bootUuid, boot));
  await tool("mke2fs", ext4Arguments(image, layout.root, plan.identity.rootUuid, plan.root));
  for (const [file, args] of await espCommands(plan, image)) await tool(file, args);
  await writeBootSectors(plan, image);

  progress("Converting the disk to qcow2", 92);
  // Not compressed: a pool can share the file itself as the base of every instance.
  await tool("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", image, plan.qcow2]);
  await rm(image);
}

/** The file system is made of a folder; features that older guests' kernels and GRUB do not know are left out. */
export function ext4Arguments(image: string, partition: Partition, uuid: string, source: string): string[] {
  return [
    ...["-q", "-F", "-t", "ext4", "-m", "1", "-L", partition.name, "-U", uuid, "-d", source],
    ...["-O", "^orphan_file,^metadata_csum_seed"],
    ...["-E", `offset=${partition.start},root_owner=0:0`],
    image,
    `${partition.length / 1024}k`,
  ];
}

async function fillBootDirectory(plan: DiskPlan): Promise<string> {
  const boot = join(plan.scratch, "boot");
  await rename(join(plan.root, "boot"), boot);
  await mkdir(join(plan.root, "boot"), { mode: 0o755 });
  const kernel = newestKernel(await readdir(boot));
  if (!kernel) {
    throw new LodgeError({
      code: "image_build_failed",
      message:
        "The image's root has no kernel with an initrd in /boot; add linux-image-cloud-amd64 and initramfs-tools.",
    });
  }
  await emptyDirectory(join(boot, "efi"));
  await mkdir(join(boot, "efi"), { recursive: true });
  await mkdir(join(boot, "grub"), { recursive: true });
  await cp(plan.loader.modules, join(boot, "grub/i386-pc"), { recursive: true });
  await writeFile(join(boot, "grub/grub.cfg"), grubConfig(plan.identity, kernel, plan.settings), { mode: 0o600 });
  await placeFile(plan.root, "/etc/default/grub.d/50-lodge.cfg", grubDefaults(plan.settings), 0o644);
  return boot;
}

/** mkfs.vfat and mtools work inside the image at an offset. */
async function espCommands(plan: DiskPlan, image: string): Promise<ReadonlyArray<readonly [string, string[]]>> {
  const { start, length } = plan.layout.esp;
  const config = join(plan.scratch, "efi-grub.cfg");
  await writeFile(config, efiGrubConfig(plan.identity));
  const at = ["-i", `${image}@@${start}`];
  // One sector a cluster: with fewer clusters than 65525 it would be no FAT32 to whoever counts them.
  const format = ["-F", "32", "-s", "1", "-n", "LODGE-ESP", "-i", plan.identity.espId.replace("-", "")];
  return [
    ["mkfs.vfat", [...format, `--offset=${start / sectorSize}`, image, String(length / 1024)]],
    ["mmd", [...at, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"]],
    ["mcopy", [...at, plan.loader.shim, "::/EFI/BOOT/BOOTX64.EFI"]],
    ["mcopy", [...at, plan.loader.grubEfi, "::/EFI/BOOT/grubx64.efi"]],
    ["mcopy", [...at, config, "::/EFI/debian/grub.cfg"]],
  ];
}

async function writeBootSectors({ layout, loader }: DiskPlan, image: string): Promise<void> {
  const sector = layout.bios.start / sectorSize;
  const core = patchCoreImage(loader.coreImage, sector);
  if (core.length > layout.bios.length) {
    throw new LodgeError({ code: "image_build_failed", message: "GRUB's core image is larger than its partition." });
  }
  await using file = await open(image, "r+");
  const code = patchBootSector(loader.bootImage, sector);
  await file.write(code, 0, code.length, 0);
  await file.write(core, 0, core.length, layout.bios.start);
}
