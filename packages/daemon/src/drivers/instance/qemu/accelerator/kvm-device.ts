import { stat } from "node:fs/promises";

const device = "/dev/kvm";

/** The supplementary groups by which an unprivileged QEMU may open /dev/kvm: none when everybody may. */
export async function kvmGroups(): Promise<number[]> {
  const stats = await stat(device);
  return (stats.mode & 0o006) === 0o006 ? [] : [stats.gid];
}

/** Why an unprivileged QEMU cannot open /dev/kvm at all, or undefined when it can. */
export async function kvmObstacle(): Promise<string | undefined> {
  const stats = await stat(device).catch(() => undefined);
  if (!stats?.isCharacterDevice()) return "the host has no /dev/kvm";
  const forEverybody = (stats.mode & 0o006) === 0o006;
  const forGroup = (stats.mode & 0o060) === 0o060 && stats.gid !== 0;
  return forEverybody || forGroup
    ? undefined
    : "/dev/kvm may be opened by root only; give it to the group kvm, mode 0660";
}
