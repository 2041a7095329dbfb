import type { Readable } from "node:stream";
import type { BackupSource, BackupWrite } from "@lodge/core";
import { stringify } from "yaml";
import { startReused } from "../../system/filter.ts";
import { LentPieces } from "../../system/lent-pieces.ts";
import { compressor } from "../../system/tar/compression.ts";
import { toBytes } from "../../system/tar/tar-block.ts";
import { archiveEnd, directoryHeader, fileHeader, padding } from "../../system/tar/tar-header.ts";
import { nobodyId } from "../../system/unprivileged.ts";
import { Checksum } from "./checksum.ts";
import { changedExtents } from "./disk/changed-extents.ts";
import { diskExtents } from "./disk/extents.ts";
import { RawFile } from "./disk/raw-file.ts";
import { sendDisk } from "./disk/send-disk.ts";
import { serveDisk } from "./disk/serve-disk.ts";
import { readFailure } from "./failure.ts";
import { checksumName, indexName, placeOf, streamsName } from "./layout.ts";
import { sendStream } from "./send-stream.ts";
import { sendTree } from "./send-tree.ts";

export interface WriteOptions extends BackupWrite {
  /** Of root's alone, for sockets that are there for a moment. */
  readonly directory: string;
}

export function writeBackup(options: WriteOptions): Readable {
  return new LentPieces(compressed(options));
}

/** A piece is what it is until the next is asked for. */
async function* compressed(options: WriteOptions): AsyncGenerator<Buffer, void> {
  const ended = new AbortController();
  const archive = archiveOf(options, ended.signal);
  try {
    if (options.compression === "none") {
      yield* archive;
      return;
    }
    await using filter = startReused({
      command: compressor(options.compression),
      uid: nobodyId,
      input: archive,
      failure: readFailure,
    });
    yield* filter.output;
    await filter.done;
  } finally {
    ended.abort();
    await archive.return();
  }
}

/** A piece is what it is until the next is asked for. */
async function* archiveOf(options: WriteOptions, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const checksum = new Checksum();
  for await (const piece of contents(options, signal)) {
    checksum.add(piece);
    yield piece;
  }
  yield smallFile(checksumName, checksum.toString());
  yield archiveEnd;
}

async function* contents(options: WriteOptions, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const { of, index, sources, directory } = options;
  const { lodge = {} } = index as { readonly lodge?: object };
  yield smallFile(indexName, stringify({ ...index, lodge: { ...lodge, checksum: "crc32" } }));
  if (of === "container-streams" || of === "volume-streams")
    yield smallFile(streamsName, stringify(streamsContent(index)));
  for await (const source of sources) {
    const place = placeOf(of, source.snapshot);
    if (of === "container" || of === "virtual-machine") {
      yield directoryHeader(toBytes(place.directory));
      // LXD reads it from there.
      if (source.snapshot === undefined)
        yield smallFile(`${place.directory}/backup.yaml`, stringify(index["config"] ?? {}));
    }
    yield* stateOf(source, place, directory, signal);
  }
}

async function* stateOf(
  { content, since }: BackupSource,
  place: ReturnType<typeof placeOf>,
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  if (content.kind === "sent") yield* sendStream(content, place.stream);
  else if (content.kind === "directory") yield* sendTree(content.path, place.rootfs);
  else if (content.kind === "raw") {
    await using disk = await RawFile.open(content.path, "read", readFailure);
    yield* sendDisk({ disk, name: toBytes(place.disk), extents: await disk.extents() });
  } else {
    yield* sendTree(content.state, place.state);
    const extents = since
      ? await changedExtents(content, since.path, readFailure, signal)
      : await diskExtents(content, readFailure, signal);
    await using served = await serveDisk({ ...content, writable: false, directory }, readFailure);
    yield* sendDisk({ disk: served.disk, name: toBytes(since ? place.changes : place.disk), extents });
  }
}

/** In LXD's words: of each state, that all of it is in one stream. */
function streamsContent({ snapshots = [] }: { readonly snapshots?: readonly string[] }): object {
  const subvolumes = [...snapshots.map((snapshot) => [snapshot, true]), ["", false]] as const;
  return { subvolumes: subvolumes.map(([snapshot, readonly]) => ({ path: "/", snapshot, readonly })) };
}

function smallFile(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([fileHeader(toBytes(name), content.length), content, padding(content.length)]);
}
