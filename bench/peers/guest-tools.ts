/** A disk with programs that measure, for guests that have none of them: with the libraries that they need, and the loader that finds these. */
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import type { Room } from "../scenario.ts";
import { fetchedProgram, libraryPath, requireFetched } from "./fetched.ts";

const programs = ["fio", "iperf3"] as const;
type Program = (typeof programs)[number];

/** Makes the disk, an ext4 file system in a file, and returns its path. Throws Unavailable where a program was not fetched. */
export function guestTools(room: Room): Promise<string> {
  for (const program of programs) requireFetched(program);
  return room.once("tools for guests", () => makeDisk(join(room.directory, "guest-tools")));
}

async function makeDisk(directory: string): Promise<string> {
  const tree = join(directory, "tree");
  await mkdir(join(tree, "lib"), { recursive: true });
  for (const program of programs) {
    const path = fetchedProgram(program);
    await copyFile(path, join(tree, program));
    const needed = await mustRun("ldd", [path], { env: { LD_LIBRARY_PATH: libraryPath } });
    for (const [, library = ""] of needed.matchAll(/(\/\S+) \(0x/g))
      await copyFile(library, join(tree, "lib", basename(library)));
  }
  const disk = join(directory, "disk.img");
  await mustRun("mke2fs", ["-q", "-t", "ext4", "-d", tree, disk, "256M"]);
  return disk;
}

/** The disk on QEMU's own command line. */
export function toolsDisk(path: string): string[] {
  const drive = `file=${path},if=none,id=tools,format=raw,readonly=on`;
  return ["-drive", drive, "-device", "virtio-blk-pci,drive=tools,addr=0x1e"];
}

/** Runs one of the programs in a guest that has the disk at `/dev/vdb`. */
export function toolCommand(program: Program, ...args: readonly string[]): string[] {
  const script =
    'mkdir -p /mnt/tools; mountpoint -q /mnt/tools || mount -o ro /dev/vdb /mnt/tools; cd /mnt/tools && exec lib/ld-linux-x86-64.so.2 --library-path lib "$@"';
  return ["/bin/sh", "-c", script, "sh", `./${program}`, ...args];
}
