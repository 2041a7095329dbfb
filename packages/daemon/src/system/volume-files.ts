import type { GuestFiles } from "@lodge/core";
import { RootedFiles } from "./rooted-files.ts";

/** Every id but that which stands for none: in a volume owners are the numbers that instances see. */
const ids = { base: 0, size: 2 ** 32 - 1 };

/** Files of a volume, of which instances that have it decide what lies in it: nothing of that leads out. */
export function openVolumeFiles(path: string, volume: string): GuestFiles {
  return new RootedFiles({ path, ids, crossMounts: false, instance: volume });
}
