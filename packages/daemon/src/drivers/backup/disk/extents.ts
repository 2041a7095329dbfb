/** Which parts of a disk hold something: the rest is zeros. */

import { open } from "node:fs/promises";
import { outputUnprivileged } from "../../../system/unprivileged.ts";
import type { DiskFailure } from "./nbd-client.ts";

/** Bytes of a disk, from `start` up to and without `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A disk, a qcow2 that no VM writes to, and the user who may read it. */
export interface DiskToRead {
  readonly path: string;
  readonly uid: number;
}

/** What holds something, in order, none touching the next. */
export async function diskExtents(disk: DiskToRead, failure: DiskFailure, signal: AbortSignal): Promise<Extent[]> {
  return mapDisk(disk, ({ zero, data }) => !zero && data, failure, signal);
}

/** What one of the topmost `files` of the disk's chain says, be it zeros. */
export async function writtenExtents(
  disk: DiskToRead,
  files: number,
  failure: DiskFailure,
  signal: AbortSignal,
): Promise<Extent[]> {
  return mapDisk(disk, ({ depth, present }) => present && depth < files, failure, signal);
}

async function mapDisk(
  { path, uid }: DiskToRead,
  isWanted: (part: MapPart) => boolean,
  failure: DiskFailure,
  signal: AbortSignal,
): Promise<Extent[]> {
  await using nothing = await open("/dev/null", "r");
  const extents: Extent[] = [];
  const onLine = (line: string) => {
    const part = parseMapPart(line);
    if (!part || !isWanted(part)) return;
    const last = extents.at(-1);
    if (last?.end === part.start) extents[extents.length - 1] = { start: last.start, end: part.end };
    else extents.push({ start: part.start, end: part.end });
  };
  const command = ["qemu-img", "map", "--output=json", "-f", "qcow2", path] as const;
  await outputUnprivileged(nothing, command, signal, onLine, { uid, failure });
  return extents;
}

export interface MapPart extends Extent {
  /** Which file of the chain says so, from the top. */
  readonly depth: number;
  /** Some file of the chain says so. */
  readonly present: boolean;
  readonly zero: boolean;
  readonly data: boolean;
}

/** An object of the list that `qemu-img map` prints, which has a line for each. */
export function parseMapPart(line: string): MapPart | undefined {
  const [, start, length, depth] = /"start": (\d+), "length": (\d+), "depth": (\d+)/.exec(line) ?? [];
  if (start === undefined) return undefined;
  const says = (what: string) => line.includes(`"${what}": true`);
  const end = Number(start) + Number(length);
  return {
    start: Number(start),
    end,
    depth: Number(depth),
    present: says("present"),
    zero: says("zero"),
    data: says("data"),
  };
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

/** What either of two lists covers. */
export function unionOf(one: readonly Extent[], other: readonly Extent[]): Extent[] {
  const union: Extent[] = [];
  for (const { start, end } of [...one, ...other].toSorted((a, b) => a.start - b.start)) {
    const last = union.at(-1);
    if (last && start <= last.end) union[union.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else union.push({ start, end });
  }
  return union;
}
