/** Quota groups: btrfs counts and limits, for each subvolume, what it refers to and what of it is its own alone. */
import { dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";

export const noQuotas =
  "the file system of the pool has no quotas (its administrator enables them with `btrfs quota enable`)";

export interface SubvolumeUsage {
  /** Bytes of all that is in it. */
  readonly referenced: number;
  /** Bytes that would be free without it. */
  readonly exclusive: number;
}

/** Parses `btrfs qgroup show --raw -f`: two lines of headings, then `0/ID REFERENCED EXCLUSIVE PATH`. */
export function parseUsage(text: string): SubvolumeUsage | undefined {
  const match = /^0\/\d+\s+(\d+)\s+(\d+)/m.exec(text);
  return match ? { referenced: Number(match[1]), exclusive: Number(match[2]) } : undefined;
}

export async function hasQuotas(path: string): Promise<boolean> {
  return run("btrfs", ["qgroup", "show", path]).then(
    () => true,
    () => false,
  );
}

export async function enableQuotas(path: string): Promise<void> {
  await run("btrfs", ["quota", "enable", path], { code: "pool_failed" });
  // What was there before is counted by a scan; on a new file system that is nothing.
  await run("btrfs", ["quota", "rescan", "-w", path], { timeout: 600_000, code: "pool_failed" }).catch(() => undefined);
}

/** Of a subvolume of a file system with quotas; with what has been written to disk of it. */
export async function usageOf(subvolume: string): Promise<SubvolumeUsage> {
  const text = await run("btrfs", ["qgroup", "show", "--raw", "-f", subvolume], { code: "pool_failed" });
  const usage = parseUsage(text);
  if (!usage) throw new LodgeError({ code: "pool_failed", message: `btrfs tells no usage of ${subvolume}: ${text}` });
  return usage;
}

/** Parses `btrfs filesystem du -s --raw`: a line of headings, then `TOTAL EXCLUSIVE SHARED PATH`. */
export function parseCount(text: string): SubvolumeUsage | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+|-)\s/m.exec(text);
  return match ? { referenced: Number(match[1]), exclusive: Number(match[2]) } : undefined;
}

/** As `usageOf` where there are no quotas: looks at every file. */
export async function countUsage(subvolume: string): Promise<SubvolumeUsage> {
  const args = ["filesystem", "du", "-s", "--raw", subvolume];
  const text = await run("btrfs", args, { timeout: 300_000, code: "pool_failed" });
  return parseCount(text) ?? { referenced: 0, exclusive: 0 };
}

/**
 * Limits what a subvolume may refer to; undefined: nothing. Asked for from beside it: btrfs begins a transaction in the subvolume that
 * is named by its path, and has no room for one in a subvolume that is full.
 */
export async function limitSubvolume(subvolume: string, bytes: number | undefined): Promise<void> {
  const id = await run("btrfs", ["inspect-internal", "rootid", subvolume], { code: "pool_failed" });
  await run("btrfs", ["qgroup", "limit", bytes === undefined ? "none" : `${bytes}`, `0/${id}`, dirname(subvolume)], {
    code: "pool_failed",
  });
}
