/**
 * Boot media of systems that know nothing of Lodge, out of Debian's packages. Those are downloaded and unpacked, not installed: their
 * scripts would change the host's boot loader. Kept beside the images for tests.
 */
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { cache } from "./image-cache.ts";

export type GuestMedium = "memtest86+" | "grub-rescue" | "debian-installer";

interface Recipe {
  readonly packages: readonly string[];
  /** Makes the ISO of the unpacked packages. */
  readonly make: (unpacked: string, iso: string) => Promise<void>;
}

const recipes: Readonly<Record<GuestMedium, Recipe>> = {
  "memtest86+": {
    packages: ["memtest86+"],
    make: (unpacked, iso) => copyFile(join(unpacked, "usr/lib/memtest86+/memtest86+x64.iso"), iso),
  },
  "grub-rescue": {
    packages: ["grub-rescue-pc"],
    make: (unpacked, iso) => copyFile(join(unpacked, "usr/lib/grub-rescue/grub-rescue-cdrom.iso"), iso),
  },
  "debian-installer": { packages: ["debian-installer-12-netboot-amd64", "isolinux"], make: installerIso },
};

/** Path of its ISO, made now if it is not there. */
export async function guestMedium(name: GuestMedium): Promise<string> {
  const directory = join(cache, "media");
  const iso = join(directory, `${name}.iso`);
  if (existsSync(iso)) return iso;
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(`${iso}.`);
  try {
    const { packages, make } = recipes[name];
    await unpack(packages, scratch);
    await make(join(scratch, "unpacked"), join(scratch, "iso"));
    await rename(join(scratch, "iso"), iso);
    return iso;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function unpack(packages: readonly string[], scratch: string): Promise<void> {
  await mustRun("apt-get", ["download", "-q", "-o", "APT::Sandbox::User=root", ...packages], {
    cwd: scratch,
    timeout: 600_000,
  });
  for (const file of (await readdir(scratch)).filter((each) => each.endsWith(".deb"))) {
    await mustRun("dpkg-deb", ["-x", join(scratch, file), join(scratch, "unpacked")]);
  }
}

/** The package has a tree to be served over the network, with PXELINUX's menu; ISOLINUX reads the same from a disc. */
async function installerIso(unpacked: string, iso: string): Promise<void> {
  const images = join(unpacked, "usr/lib/debian-installer/images/12/amd64/text");
  const tree = `${iso}.tree`;
  const folder = "debian-installer/amd64";
  await mkdir(join(tree, folder), { recursive: true });
  for (const part of ["boot-screens", "linux", "initrd.gz"]) {
    await cp(join(images, folder, part), join(tree, folder, part), { recursive: true });
  }
  await copyFile(join(images, folder, "boot-screens/ldlinux.c32"), join(tree, "ldlinux.c32"));
  await copyFile(join(unpacked, "usr/lib/ISOLINUX/isolinux.bin"), join(tree, "isolinux.bin"));
  await writeFile(join(tree, "isolinux.cfg"), `include ${folder}/boot-screens/syslinux.cfg\n`);
  const boot = ["-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"];
  await mustRun("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-J", ...boot, "-o", iso, tree]);
}
