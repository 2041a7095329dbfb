import { type PacketReader, string, uint32, uint64 } from "./packet.ts";

/** What is known of a file. The mode has its type too, times are seconds since 1970. */
export interface FileAttributes {
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly accessed: number;
  readonly modified: number;
}

/** What is to be changed of a file. */
export interface AttributeChange {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Permission bits. */
  readonly mode?: number;
  readonly times?: { readonly accessed: number; readonly modified: number };
}

const hasSize = 0x1;
const hasOwner = 0x2;
const hasMode = 0x4;
const hasTimes = 0x8;
const isExtended = 0x80000000;

export function attributes({ size, uid, gid, mode, accessed, modified }: FileAttributes): Buffer {
  const numbers = [uid, gid, mode, accessed, modified].map(uint32);
  return Buffer.concat([uint32(hasSize | hasOwner | hasMode | hasTimes), uint64(size), ...numbers]);
}

/** Extensions of attributes, which nobody uses, are passed over. */
export function readAttributes(reader: PacketReader): AttributeChange {
  const flags = reader.uint32();
  const size = flags & hasSize ? reader.uint64() : undefined;
  const owner = flags & hasOwner ? { uid: reader.uint32(), gid: reader.uint32() } : undefined;
  const mode = flags & hasMode ? reader.uint32() & 0o7777 : undefined;
  const times = flags & hasTimes ? { accessed: reader.uint32(), modified: reader.uint32() } : undefined;
  // A name and a value each.
  if (flags & isExtended) for (let count = 2 * reader.uint32(); count > 0; count--) reader.bytes();
  return {
    ...(size !== undefined && { size }),
    ...(owner && { owner }),
    ...(mode !== undefined && { mode }),
    ...(times && { times }),
  };
}

/** A name with all about it, as in a list: the second name is for people. */
export const nameEntry = (name: Buffer, of: FileAttributes): Buffer =>
  Buffer.concat([string(name), string(longName(name, of)), attributes(of)]);

/** A name alone. */
export const bareName = (name: Buffer): Buffer => Buffer.concat([string(name), string(name), uint32(0)]);

const types: Readonly<Record<number, string>> = {
  ...{ 0o010000: "p", 0o020000: "c", 0o040000: "d", 0o060000: "b", 0o100000: "-", 0o120000: "l", 0o140000: "s" },
};
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** As `ls -ln` writes it, with times of UTC. */
export function longName(name: Buffer, { size, uid, gid, mode, modified }: FileAttributes): Buffer {
  const bit = (at: number, letter: string) => (mode & at ? letter : "-");
  const special = (at: number, execute: number, letter: string) => {
    if (!(mode & at)) return bit(execute, "x");
    return mode & execute ? letter : letter.toUpperCase();
  };
  const permissions = [
    types[mode & 0o170000] ?? "?",
    ...[bit(0o400, "r"), bit(0o200, "w"), special(0o4000, 0o100, "s")],
    ...[bit(0o040, "r"), bit(0o020, "w"), special(0o2000, 0o010, "s")],
    ...[bit(0o004, "r"), bit(0o002, "w"), special(0o1000, 0o001, "t")],
  ].join("");
  const date = new Date(modified * 1000);
  const day = `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.getUTCFullYear()}`;
  const head = `${permissions}    1 ${String(uid).padEnd(8)} ${String(gid).padEnd(8)} ${String(size).padStart(8)} ${day.padStart(12)} `;
  return Buffer.concat([Buffer.from(head), name]);
}
