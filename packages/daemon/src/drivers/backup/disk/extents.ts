/** Which parts of a disk hold something: the rest is zeros. */

import { open } from "node:fs/promises";
import { outputUnprivileged } from "../../../system/unprivileged.ts";
import type { DiskFailure } from "./nbd-client.ts";

/** Bytes of a disk, from `start` up to and without `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** In their order, none touching the next. `disk`: a qcow2 that no VM writes to, and the user who may read it. */
export async function diskExtents(
  disk: { readonly path: string; readonly uid: number },
  failure: DiskFailure,
  signal: AbortSignal,
): Promise<Extent[]> {
  await using nothing = await open("/dev/null", "r");
  const extents: Extent[] = [];
  const command = ["qemu-img", "map", "--output=json", "-f", "qcow2", disk.path] as const;
  const onLine = (line: string) => {
    const extent = parseExtent(line);
    const last = extents.at(-1);
    if (extent && last?.end === extent.start) extents[extents.length - 1] = { start: last.start, end: extent.end };
    else if (extent) extents.push(extent);
  };
  await outputUnprivileged(nothing, command, signal, onLine, { uid: disk.uid, failure });
  return extents;
}

/** An object of the list, which has a line for each; undefined where it holds nothing but zeros. */
export function parseExtent(line: string): Extent | undefined {
  const [, start, length] = /"start": (\d+), "length": (\d+)/.exec(line) ?? [];
  if (start === undefined || /"zero": true|"data": false/.test(line)) return undefined;
  return { start: Number(start), end: Number(start) + Number(length) };
}

/** What of the range some extent covers. */
export function withinExtents(extents: readonly Extent[], { start, end }: Extent): Extent[] {
  let low = 0;
  for (let high = extents.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((extents[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const found: Extent[] = [];
  for (let extent = extents[low]; extent && extent.start < end; extent = extents[++low]) {
    found.push({ start: Math.max(extent.start, start), end: Math.min(extent.end, end) });
  }
  return found;
}
