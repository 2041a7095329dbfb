/** The block device that a path's data lies on. */
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { splitNumber } from "./device-number.ts";
import { type MountEntry, parseMountinfo } from "./mountinfo.ts";

/**
 * `MAJOR:MINOR` of the whole disk (the kernel limits no partitions) on which the file system of a path lies, or that the path itself is;
 * undefined where it is none that the host's mounts tell: a network, memory, layers. Of a file system on several disks it is the one that was mounted.
 */
export async function blockDeviceOf(path: string): Promise<string | undefined> {
  const stats = await stat(path);
  if (stats.isBlockDevice()) return wholeDisk(deviceNumber(stats.rdev));
  const own = deviceNumber(stats.dev);
  if (!isAnonymous(own)) return wholeDisk(own);
  const mounts = parseMountinfo(await readFile("/proc/self/mountinfo", "utf8"));
  const source = mountOf(await realpath(path), mounts)?.source;
  const found = source?.startsWith("/") ? await stat(source).catch(() => undefined) : undefined;
  return found?.isBlockDevice() ? wholeDisk(deviceNumber(found.rdev)) : undefined;
}

function deviceNumber(packed: number): string {
  const { major, minor } = splitNumber(packed);
  return `${major}:${minor}`;
}

/** Of file systems without a device of their own, and of each subvolume of btrfs. */
const isAnonymous = (device: string): boolean => device.startsWith("0:");

/** The mount that a path without symlinks is seen through: the last one of those nearest to it. */
export function mountOf(path: string, mounts: readonly MountEntry[]): MountEntry | undefined {
  const above = mounts.filter(({ target }) => target === "/" || `${path}/`.startsWith(`${target}/`));
  return above.reduce<MountEntry | undefined>(
    (best, mount) => (best && best.target.length > mount.target.length ? best : mount),
    undefined,
  );
}

async function wholeDisk(device: string): Promise<string | undefined> {
  const directory = await realpath(join("/sys/dev/block", device)).catch(() => undefined);
  if (directory === undefined) return undefined;
  const isPartition = await stat(join(directory, "partition")).then(
    () => true,
    () => false,
  );
  return isPartition ? (await readFile(join(dirname(directory), "dev"), "utf8")).trim() : device;
}
