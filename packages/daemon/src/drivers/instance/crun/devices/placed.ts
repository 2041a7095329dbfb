/**
 * What of a container's devices lies in its device directory: a small file system of the daemon's, which the container has at
 * `inside` too. It holds device nodes, and directories and files of the host are mounted in it.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { splitNumber } from "../../../../system/device-number.ts";
import type { DeviceRule } from "../../../../system/device-rules.ts";
import { type MountEntry, parseMountinfo } from "../../../../system/mountinfo.ts";
import { deviceOfOffer, ruleOfNode } from "./offer.ts";

/** Where a container finds its device directory. */
export const inside = "/dev/.lodge";

/** An offer that has been placed. Mounts that the container made of it are told by one of these. */
export type Placed =
  | { readonly name: string; readonly kind: "tree" /** Of the mount. */; readonly group: number }
  | {
      readonly name: string;
      readonly kind: "node";
      /** `MAJOR:MINOR` of the device directory's file system. */
      readonly fileSystem: string;
      readonly rule: DeviceRule;
    };

/** Everything whole that lies there: not what an interruption left half-made. */
export async function listPlaced(directory: string): Promise<Placed[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const mounts = parseMountinfo(await readFile("/proc/self/mountinfo", "utf8"));
  const fileSystem = mounts.find(({ target }) => target === directory)?.device ?? "";
  const placed = await Promise.all(
    names.sort().map(async (name): Promise<Placed | undefined> => {
      const path = join(directory, name);
      const group = mounts.find(({ target }) => target === path)?.shared;
      if (group !== undefined) return { name, kind: "tree", group };
      const rule = await ruleOf(path);
      return rule && { name, kind: "node", fileSystem, rule };
    }),
  );
  return placed.filter((each) => each !== undefined);
}

/** Names of all that lies there of a device, half-made or whole. */
export async function namesOf(directory: string, device: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => deviceOfOffer(name) === device);
}

async function ruleOf(path: string): Promise<DeviceRule | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isCharacterDevice() && !found?.isBlockDevice()) return undefined;
  return ruleOfNode({ type: found.isBlockDevice() ? "b" : "c", ...splitNumber(found.rdev) });
}

/** Those of a container's mounts (/proc/PID/mountinfo of its init) that are of a placed offer, as it lies and where it was brought. */
export function mountsOf(placed: Placed, mounts: readonly MountEntry[]): MountEntry[] {
  return mounts.filter((mount) =>
    placed.kind === "tree"
      ? mount.master === placed.group
      : mount.device === placed.fileSystem && mount.root === `/${placed.name}`,
  );
}

/** Those that have been brought to where the container uses them, the last first: the order in which they can be unmounted. */
export function broughtMounts(placed: Placed, mounts: readonly MountEntry[]): MountEntry[] {
  return mountsOf(placed, mounts)
    .filter(({ target }) => !target.startsWith(`${inside}/`))
    .toReversed();
}
