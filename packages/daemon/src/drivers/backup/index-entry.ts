/** `backup/index.yaml`: what the backup is of. */
import { type BackupIndex, backupIndexSchema } from "@lodge/api";
import { parse } from "yaml";
import type { ReadEntry } from "../../system/tar/read-tar.ts";
import { refuse } from "./failure.ts";

/** Bytes of it, at most: thousands of snapshots with large configurations. */
const longestIndex = 64 << 20;

export async function readIndex(entry: ReadEntry): Promise<BackupIndex> {
  if (entry.header.kind !== "0" || entry.header.size > longestIndex) throw refuse("its index is no file of its size");
  const pieces: Buffer[] = [];
  for await (const piece of entry.pieces()) pieces.push(piece);
  const result = backupIndexSchema.safeParse(parseYaml(Buffer.concat(pieces).toString("utf8")));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw refuse(`its index is not understood (${issue?.path.join(".")} ${issue?.message})`, result.error);
  }
  const index = result.data;
  if (index.optimized && (index.checksum === undefined || !hasStreams(index)))
    throw refuse(
      "another server made it with --optimized-storage, in a form of its own: export it again there without",
    );
  const names = index.snapshots.map(({ name }) => name);
  if (new Set(names).size < names.length) throw refuse("its index names a snapshot twice");
  return index;
}

/** Of what Lodge makes streams. */
const hasStreams = (index: BackupIndex): boolean =>
  index.type === "container" || (index.type === "custom" && index.volume.content_type === "filesystem");

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw refuse(`its index is no YAML (${error instanceof Error ? error.message.split("\n")[0] : error})`, error);
  }
}
