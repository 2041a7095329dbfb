/** Takes the boot loader out of a root that has Debian's GRUB packages: no GRUB is needed on the host. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BootIdentity, earlyGrubConfig } from "./boot-config.ts";
import { runIsolated } from "./isolated.ts";

export interface BootLoader {
  /** GRUB's boot.img and core image for BIOS, not patched yet. */
  readonly bootImage: Buffer;
  readonly coreImage: Buffer;
  /** Folder of modules for /boot/grub/i386-pc. */
  readonly modules: string;
  /** Files of the EFI system partition: the removable path, which every UEFI firmware tries. */
  readonly shim: string;
  readonly grubEfi: string;
}

/** What the menu needs is in the core image itself; the rest of the modules lies in the boot partition. */
const coreModules = [
  ...["biosdisk", "part_gpt", "ext2", "search", "search_fs_uuid", "normal", "configfile"],
  ...["linux", "gzio", "serial", "terminal", "echo", "test", "minicmd", "ls", "reboot", "halt"],
];

/** Copies the boot loader's parts to a folder of their own: the root may lose them later. */
export async function takeBootLoader(
  root: string,
  identity: BootIdentity,
  into: string,
  signal: AbortSignal,
): Promise<BootLoader> {
  const early = "/.lodge-early.cfg";
  const core = "/.lodge-core.img";
  const modules = join(into, "i386-pc");
  const shim = join(into, "shim.efi");
  const grubEfi = join(into, "grub.efi");
  await writeFile(join(root, early), earlyGrubConfig(identity));
  await runIsolated(
    "grub-mkimage",
    ["--format=i386-pc", `--config=${early}`, `--output=${core}`, "--prefix=/grub", ...coreModules],
    { step: "Making the boot loader", signal, root, timeout: 60_000 },
  );
  await mkdir(modules, { recursive: true });
  const source = join(root, "usr/lib/grub/i386-pc");
  for (const name of await readdir(source)) {
    if (/\.(mod|lst)$/.test(name)) await cp(join(source, name), join(modules, name));
  }
  await cp(join(root, "usr/lib/shim/shimx64.efi.signed"), shim);
  await cp(join(root, "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"), grubEfi);
  const bootImage = await readFile(join(source, "boot.img"));
  const coreImage = await readFile(join(root, core));
  await rm(join(root, early));
  await rm(join(root, core));
  return { bootImage, coreImage, modules, shim, grubEfi };
}
