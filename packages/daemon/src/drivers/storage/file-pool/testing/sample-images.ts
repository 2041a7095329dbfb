/** Small made-up images for the contract test of the pool. */
import { chmod, chown, copyFile, mkdir, open, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageFiles } from "@lodge/core";
import { run } from "../../../../system/run.ts";

const mebibyte = 1024 ** 2;

/** A tree with what is easily lost on the way: owners, a setuid program, a capability, a device node, links. */
export async function makeSampleTree(tree: string): Promise<void> {
  for (const directory of ["bin", "dev", "etc/sub", "var/log"]) await mkdir(join(tree, directory), { recursive: true });
  await writeFile(join(tree, "etc/owned"), "owned\n", { mode: 0o640 });
  await chown(join(tree, "etc/owned"), 33, 34);
  await writeFile(join(tree, "etc/sub/file"), "file\n");
  await symlink("/etc/sub", join(tree, "etc/link"));
  await copyFile("/usr/bin/id", join(tree, "bin/id"));
  await chown(join(tree, "bin/id"), 5, 0);
  await chmod(join(tree, "bin/id"), 0o4755);
  await copyFile("/bin/cat", join(tree, "bin/cat"));
  await run("setcap", ["cap_net_raw+ep", join(tree, "bin/cat")]);
  await run("mknod", [join(tree, "dev/null"), "c", "1", "3"]);
  await chmod(join(tree, "dev/null"), 0o666);
}

/** A tree of `count` small files in one directory; its path. */
export async function makeManyFiles(tree: string, count: number): Promise<string> {
  await mkdir(join(tree, "files"), { recursive: true });
  await Promise.all(Array.from({ length: count }, (_, index) => writeFile(join(tree, "files", `${index}`), "file")));
  return tree;
}

/** `letter` makes the fingerprint, by which a pool tells images apart. */
export async function makeSquashfs(tree: string, file: string, letter = "a"): Promise<ImageFiles> {
  await run("mksquashfs", [tree, file, "-quiet", "-no-progress", "-noappend"]);
  return { fingerprint: letter.repeat(64), type: "container", rootfs: file };
}

/** A split image's root; `--zstd` or another of tar's options decides the compression. */
export async function makeTar(tree: string, file: string, compression: string): Promise<ImageFiles> {
  await run("tar", [
    "--create",
    compression,
    "--xattrs",
    "--xattrs-include=*",
    `--file=${file}`,
    `--directory=${tree}`,
    ".",
  ]);
  return { fingerprint: "c".repeat(64), type: "container", rootfs: file };
}

/** LXD's unified archive: the root beside its metadata. `tree` must be called `rootfs`. */
export async function makeUnifiedTar(tree: string, file: string): Promise<ImageFiles> {
  const parent = join(tree, "..");
  await writeFile(join(parent, "metadata.yaml"), "architecture: x86_64\ncreation_date: 1\n");
  const what = ["metadata.yaml", "rootfs"];
  await run("tar", [
    "--create",
    "--xz",
    "--xattrs",
    "--xattrs-include=*",
    `--file=${file}`,
    `--directory=${parent}`,
    ...what,
  ]);
  return { fingerprint: "d".repeat(64), type: "container", rootfs: file };
}

export const sampleDiskSize = 16 * mebibyte;
const bootPartition = { start: 3 * mebibyte, length: 8 * mebibyte };

/** From the first boot partition's start to the last one's end. */
export const sampleRegion = { start: mebibyte, length: 10 * mebibyte };

export interface SampleDisk {
  readonly directory: string;
  readonly grubConfig: (bootUuid: string) => string;
  readonly compressed: boolean;
}

/** A disk as Lodge's image builder lays it out, with a kernel that only looks like one. */
export async function makeDisk({ directory, grubConfig, compressed }: SampleDisk): Promise<ImageFiles> {
  const [raw, boot, tree, disk] = ["disk.raw", "boot.ext4", "boot", "disk.qcow2"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  const uuid = "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9";
  await mkdir(join(tree, "grub"), { recursive: true });
  await writeFile(join(tree, "vmlinuz-6.1.0-1"), Buffer.concat([Buffer.from("MZ"), Buffer.alloc(100_000, 7)]));
  await writeFile(join(tree, "initrd.img-6.1.0-1"), Buffer.alloc(200_000, 9));
  await writeFile(join(tree, "grub/grub.cfg"), grubConfig(uuid));
  await run("mke2fs", ["-q", "-t", "ext4", "-U", uuid, "-d", tree, boot, `${bootPartition.length / 1024}k`]);
  await writeFile(raw, "");
  await truncate(raw, sampleDiskSize);
  const table = [
    "label: gpt",
    "start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=lodge-bios",
    "start=4096, size=2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=lodge-esp",
    `start=6144, size=${bootPartition.length / 512}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=lodge-boot`,
    "start=22528, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=lodge-root",
  ];
  await run("sfdisk", ["--quiet", raw], { input: `${table.join("\n")}\n` });
  await using file = await open(raw, "r+");
  await file.write(await readFile(boot), 0, null, bootPartition.start);
  await run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", ...(compressed ? ["-c"] : []), raw, disk]);
  return { fingerprint: "b".repeat(64), type: "virtual-machine", rootfs: disk };
}

/** As update-grub writes it, shortened. */
export function sampleGrubConfig(uuid: string): string {
  return `
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
else
   set default="0"
fi
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-${uuid}' {
	insmod gzio
	search --no-floppy --fs-uuid --set=root ${uuid}
	echo	'Loading Linux 6.1.0-1 ...'
	linux	/vmlinuz-6.1.0-1 root=UUID=11111111-2222-3333-4444-555555555555 ro console=ttyS0
	initrd	/initrd.img-6.1.0-1
}
`;
}
