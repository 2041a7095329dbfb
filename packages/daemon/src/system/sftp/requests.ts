import { attributes, bareName, type FileAttributes, nameEntry, readAttributes } from "./attributes.ts";
import type { OpenWish, SftpEntries } from "./entries.ts";
import type { Handles } from "./handles.ts";
import { byte, PacketReader, packet, string, uint32, uint64 } from "./packet.ts";
import { absolutePath, canonicalPath } from "./path.ts";
import { status, statusOf } from "./status.ts";

/** What a client's requests are about. */
export interface Served {
  readonly entries: SftpEntries;
  readonly handles: Handles;
  /** Bytes of the data in one packet. */
  readonly mostData: number;
}

/** Kinds of packets. */
const EXTENDED = 200;
const STATUS = 101;
const HANDLE = 102;
const DATA = 103;
const NAME = 104;
const ATTRS = 105;
const EXTENDED_REPLY = 201;

/** The whole packet that answers one. Throws PacketError for what cannot be answered, because it has no number. */
export async function answer(served: Served, bytes: Buffer): Promise<Buffer> {
  const reader = new PacketReader(bytes);
  const kind = reader.byte();
  const id = uint32(reader.uint32());
  const [answerKind, ...fields] = await fieldsOf(served, kind, reader);
  return packet(byte(answerKind), id, ...fields);
}

/** The kind of an answer, and what follows its number. */
type Answer = readonly [kind: number, ...fields: readonly Buffer[]];
type Handler = (served: Served, reader: PacketReader) => Promise<Answer>;

async function fieldsOf(served: Served, kind: number, reader: PacketReader): Promise<Answer> {
  try {
    const handler = kind === EXTENDED ? extensions.get(reader.text()) : handlers.get(kind);
    return handler ? await handler(served, reader) : says(status.unsupported, "This is not served here.");
  } catch (error) {
    const { code, message } = statusOf(error);
    return says(code, message);
  }
}

const says = (code: number, message: string): Answer => [STATUS, uint32(code), string(message), string("")];
const done = says(status.ok, "Done.");
const end = says(status.endOfFile, "There is no more.");
const names = (list: readonly Buffer[]): Answer => [NAME, uint32(list.length), ...list];
const path = (reader: PacketReader) => absolutePath(reader.bytes());
const told = (of: FileAttributes): Answer => [ATTRS, attributes(of)];

/** Does what brings nothing back. */
const doing =
  (work: (served: Served, reader: PacketReader) => Promise<unknown>): Handler =>
  async (served, reader) => {
    await work(served, reader);
    return done;
  };

const handlers = new Map<number, Handler>([
  // OPEN
  [
    3,
    async ({ entries, handles }, reader) => {
      const [file, wish] = [path(reader), openWish(reader.uint32(), readAttributes(reader).mode)];
      return [HANDLE, string(await handles.add(() => entries.open(file, wish)))];
    },
  ],
  // CLOSE
  [4, doing(({ handles }, reader) => handles.close(reader.text()))],
  // READ
  [
    5,
    async ({ handles, mostData }, reader) => {
      const file = handles.file(reader.text());
      const data = await file.read(reader.uint64(), Math.min(reader.uint32(), mostData));
      return data.length === 0 ? end : [DATA, string(data)];
    },
  ],
  // WRITE
  [6, doing(({ handles }, reader) => handles.file(reader.text()).write(reader.uint64(), reader.bytes()))],
  // LSTAT
  [7, async ({ entries }, reader) => told(await entries.stat(path(reader), false))],
  // FSTAT
  [8, async ({ handles }, reader) => told(await handles.file(reader.text()).stat())],
  // SETSTAT
  [9, doing(({ entries }, reader) => entries.change(path(reader), readAttributes(reader), true))],
  // FSETSTAT
  [10, doing(({ handles }, reader) => handles.file(reader.text()).change(readAttributes(reader)))],
  // OPENDIR
  [
    11,
    async ({ entries, handles }, reader) => {
      const directory = path(reader);
      return [HANDLE, string(await handles.add(() => entries.openDirectory(directory)))];
    },
  ],
  // READDIR
  [
    12,
    async ({ handles }, reader) => {
      const found = await handles.directory(reader.text()).next();
      return found.length === 0 ? end : names(found.map(({ name, attributes: of }) => nameEntry(name, of)));
    },
  ],
  // REMOVE
  [13, doing(({ entries }, reader) => entries.remove(path(reader)))],
  // MKDIR
  [14, doing(({ entries }, reader) => entries.makeDirectory(path(reader), readAttributes(reader).mode))],
  // RMDIR
  [15, doing(({ entries }, reader) => entries.removeDirectory(path(reader)))],
  // REALPATH
  [16, async (_served, reader) => names([bareName(canonicalPath(reader.bytes()))])],
  // STAT
  [17, async ({ entries }, reader) => told(await entries.stat(path(reader), true))],
  // RENAME
  [18, doing(({ entries }, reader) => entries.rename(path(reader), path(reader), false))],
  // READLINK
  [19, async ({ entries }, reader) => names([bareName(await entries.readLink(path(reader)))])],
  // SYMLINK, in the order of OpenSSH and all who follow it: the target is the first.
  [20, doing(({ entries }, reader) => entries.symlink(reader.bytes(), path(reader)))],
]);

/** What OpenSSH added, by name and as its PROTOCOL describes it. */
const extensions = new Map<string, Handler>([
  ["posix-rename@openssh.com", doing(({ entries }, reader) => entries.rename(path(reader), path(reader), true))],
  ["hardlink@openssh.com", doing(({ entries }, reader) => entries.link(path(reader), path(reader)))],
  ["fsync@openssh.com", doing(({ handles }, reader) => handles.file(reader.text()).sync())],
  ["lsetstat@openssh.com", doing(({ entries }, reader) => entries.change(path(reader), readAttributes(reader), false))],
  [
    "statvfs@openssh.com",
    async ({ entries }, reader) => {
      const { blockSize, blocks, free, available, files, filesFree } = await entries.space(path(reader));
      const [fileSystem, flags, longestName] = [0, 0, 255];
      const numbers = [blockSize, blockSize, blocks, free, available, files, filesFree, filesFree];
      return [EXTENDED_REPLY, ...[...numbers, fileSystem, flags, longestName].map(uint64)];
    },
  ],
  [
    "limits@openssh.com",
    async ({ handles, mostData }) => [
      EXTENDED_REPLY,
      ...[mostData + 1024, mostData, mostData, handles.most].map(uint64),
    ],
  ],
]);

/** What is offered, with the version of each. */
export const offered: readonly (readonly [name: string, version: string])[] = [...extensions.keys()].map((name) => [
  name,
  name.startsWith("statvfs") ? "2" : "1",
]);

function openWish(flags: number, mode: number | undefined): OpenWish {
  const has = (flag: number) => (flags & flag) !== 0;
  const wish = { append: has(0x4), create: has(0x8), truncate: has(0x10), exclusive: has(0x20) };
  const write = has(0x2) || wish.append;
  return { read: has(0x1) || !write, write, ...wish, ...(mode !== undefined && { mode }) };
}
