/** Whether the host itself uses what is on a device that is to be given away. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseMountinfo } from "./mountinfo.ts";

/**
 * Says, as the end of a sentence, which block device of this device (a directory of /sys: a disk controller, a USB stick) is mounted,
 * swapped to, or part of something bigger; undefined when none is.
 */
export async function blockUse(directory: string, sys = "/sys", proc = "/proc"): Promise<string | undefined> {
  const place = await realpath(directory).catch(() => undefined);
  const blocks = place === undefined ? [] : await blocksBelow(place, sys);
  if (blocks.length === 0) return undefined;
  const [mountinfo, swaps] = await Promise.all([
    readFile(join(proc, "self/mountinfo"), "utf8"),
    readFile(join(proc, "swaps"), "utf8").catch(() => ""),
  ]);
  const mounts = parseMountinfo(mountinfo);
  for (const name of blocks) {
    const node = `/dev/${name}`;
    const number = (await readFile(join(sys, "class/block", name, "dev"), "utf8").catch(() => "")).trim();
    // btrfs has numbers of its own: its mounts are known by their source.
    const mount = mounts.find(({ device, source }) => device === number || source === node);
    if (mount) return `has ${node} on it, which the host has mounted at ${mount.target}`;
    if (swaps.split("\n").some((line) => line.split(/\s/, 1)[0] === node))
      return `has ${node} on it, to which the host swaps`;
    const [holder] = await readdir(join(sys, "class/block", name, "holders")).catch((): string[] => []);
    if (holder) return `has ${node} on it, which is part of the host's ${holder}`;
  }
  return undefined;
}

/** Names of disks and partitions. */
async function blocksBelow(place: string, sys: string): Promise<string[]> {
  const names = await readdir(join(sys, "class/block")).catch((): string[] => []);
  const paths = await Promise.all(names.map((name) => realpath(join(sys, "class/block", name)).catch(() => "")));
  return paths.filter((path) => path.startsWith(`${place}/`)).map((path) => basename(path));
}
