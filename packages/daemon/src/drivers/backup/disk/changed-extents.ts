/** In what a disk may differ from what it was: by the files of the two chains, and without reading what is in them. */
import { open } from "node:fs/promises";
import { normalize } from "node:path";
import { outputUnprivileged } from "../../../system/unprivileged.ts";
import { type DiskToRead, type Extent, unionOf, withinExtents, writtenExtents } from "./extents.ts";
import type { DiskFailure } from "./nbd-client.ts";

/**
 * What the files say that only one of the chains has: they differ in nothing else. Where the two have no file in common, that is all of
 * both. `before`: the path of what it was, which the same user may read.
 */
export async function changedExtents(
  disk: DiskToRead,
  before: string,
  failure: DiskFailure,
  signal: AbortSignal,
): Promise<Extent[]> {
  const older = { ...disk, path: before };
  const [now, then] = [await chainOf(disk, failure, signal), await chainOf(older, failure, signal)];
  const [own, others] = ownFiles(now.files, then.files);
  const changed = unionOf(
    await writtenExtents(disk, own, failure, signal),
    await writtenExtents(older, others, failure, signal),
  );
  return withinExtents(changed, { start: 0, end: now.size });
}

/** How many files of each chain, from the top, the other one does not have. */
export function ownFiles(one: readonly string[], other: readonly string[]): [number, number] {
  const own = one.findIndex((file) => other.includes(file));
  if (own < 0) return [one.length, other.length];
  return [own, other.indexOf(one[own] ?? "")];
}

interface Chain {
  /** From the top. */
  readonly files: readonly string[];
  /** Bytes of the disk. */
  readonly size: number;
}

async function chainOf({ path, uid }: DiskToRead, failure: DiskFailure, signal: AbortSignal): Promise<Chain> {
  await using nothing = await open("/dev/null", "r");
  const command = ["qemu-img", "info", "--backing-chain", "--output=json", "-f", "qcow2", path] as const;
  const lines: string[] = [];
  await outputUnprivileged(nothing, command, signal, (line) => void lines.push(line), { uid, failure });
  const chain = JSON.parse(lines.join("\n")) as { filename: string; "virtual-size": number }[];
  return { files: chain.map(({ filename }) => normalize(filename)), size: chain[0]?.["virtual-size"] ?? 0 };
}
