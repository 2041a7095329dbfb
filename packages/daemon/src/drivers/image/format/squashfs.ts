/** Checks a squashfs: every entry by its listing, every byte by decompressing it to nowhere. */
import { type FileHandle, open } from "node:fs/promises";
import { allEnded } from "../../../system/all-ended.ts";
import type { Entry, EntryRules } from "./entry-rules.ts";
import { refuse } from "./refuse.ts";
import { givenFile, outputUnprivileged, readUnprivileged } from "./unprivileged.ts";

export async function checkSquashfs(
  path: string,
  rules: EntryRules,
  visit: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(path, "r");
  // At the same time; by another descriptor, because each has a place of its own in the file.
  await using whole = await open(path, "r");
  const unsound = new AbortController();
  const entries = checkEntries(file, rules, visit, signal).catch((error: unknown) => {
    unsound.abort();
    throw error;
  });
  // What is wrong with an entry is said first, not what that does to the bytes.
  await allEnded([entries, outputUnprivileged(whole, decompress, AbortSignal.any([signal, unsound.signal]), () => {})]);
}

/** To nowhere. Its queues, MiB, would take 256 each. */
const decompress = [
  ...["unsquashfs", "-quiet", "-no-progress", "-data-queue", "32", "-frag-queue", "32"],
  ...["-pf", "/dev/null", givenFile],
] as const;

async function checkEntries(
  file: FileHandle,
  rules: EntryRules,
  visit: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<void> {
  // Names are unique in a sound squashfs; a repeated one has been used to write through a link.
  const seen = new Set<string>();
  await outputUnprivileged(file, ["unsquashfs", "-lln", givenFile], signal, (line) => {
    const entry = listedEntry(line);
    if (!entry) return;
    const inside = rules.check(entry);
    if (seen.has(inside)) throw refuse(`${JSON.stringify(inside)} is there twice`);
    seen.add(inside);
    visit({ ...entry, path: inside });
  });
  if (seen.size < 2) throw refuse("its squashfs is empty");
}

/** The first bytes of a file in a squashfs that was checked. */
export async function headInSquashfs(path: string, name: string, bytes: number, signal: AbortSignal): Promise<Buffer> {
  await using file = await open(path, "r");
  const reading = readUnprivileged(file, ["unsquashfs", "-cat", givenFile, name], signal);
  try {
    for await (const chunk of reading.stdout) return (chunk as Buffer).subarray(0, bytes);
    return Buffer.alloc(0);
  } finally {
    reading.kill();
  }
}

const root = "squashfs-root";
const line =
  /^([-dlpscb])[-rwxsStT]{9} \d+\/\d+ +(?:(\d+), *(\d+)|(\d+)) \d{4}-\d\d-\d\d \d\d:\d\d (squashfs-root(?:\/.*)?)$/s;
const types: Readonly<Record<string, Entry["type"]>> = {
  "-": "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  s: "socket",
  c: "character-device",
  b: "block-device",
};

/** Pure: one line of `unsquashfs -lln`; undefined for an empty one. */
export function listedEntry(text: string): Entry | undefined {
  if (text === "") return undefined;
  const match = line.exec(text);
  const type = types[match?.[1] ?? ""];
  const name = match?.[5];
  // A name with a line break in it, for one.
  if (!type || name === undefined)
    throw refuse(`its squashfs has an entry that cannot be read: ${JSON.stringify(text.slice(0, 200))}`);
  const arrow = type === "symlink" ? name.indexOf(" -> ") : -1;
  const path = arrow === -1 ? name : name.slice(0, arrow);
  return {
    path: path.slice(root.length).replace(/^\//, ""),
    type,
    size: type === "file" ? Number(match?.[4] ?? 0) : 0,
    device: { major: Number(match?.[2] ?? 0), minor: Number(match?.[3] ?? 0) },
  };
}
