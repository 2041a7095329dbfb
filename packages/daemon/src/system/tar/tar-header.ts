/** What comes before an entry's content in an archive that is being written. */

import { encodePax, type PaxRecords } from "./pax.ts";
import { blockSize, encodeBlock, largestNumber, paddedSize, type TarBlock } from "./tar-block.ts";

export interface TarHeader extends TarBlock {
  /** What else is known of it: attributes, ACLs, times. Not what the fields say. */
  readonly pax: PaxRecords;
}

const plain: Omit<TarHeader, "name" | "kind" | "size"> = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  target: "",
  major: 0,
  minor: 0,
  pax: new Map(),
};

export function fileHeader(name: string, size: number, more: Partial<TarHeader> = {}): Buffer {
  return encodeHeader({ ...plain, name, kind: "0", size, ...more });
}

export function directoryHeader(name: string, more: Partial<TarHeader> = {}): Buffer {
  return encodeHeader({ ...plain, name: `${name}/`, kind: "5", size: 0, mode: 0o755, ...more });
}

/** One block, after a pax header where a block cannot say it all. */
export function encodeHeader(header: TarHeader): Buffer {
  const records = new Map([...header.pax, ...tooLarge(header)]);
  const block = encodeBlock(header);
  if (records.size === 0) return block;
  const content = encodePax(records);
  const named = {
    ...header,
    name: "pax",
    kind: "x",
    size: content.length,
    mode: 0o644,
    target: "",
    major: 0,
    minor: 0,
  };
  return Buffer.concat([encodeBlock(named), content, padding(content.length), block]);
}

/** What fills a content's last block up. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddedSize(size) - size);
}

/** The end of an archive. */
export const archiveEnd = Buffer.alloc(2 * blockSize);

function tooLarge({ name, target, size, uid, gid, mtime, pax }: TarHeader): PaxRecords {
  const records = new Map<string, string>();
  if (name.length > 100 || !isAscii(name)) records.set("path", name);
  if (target.length > 100 || !isAscii(target)) records.set("linkpath", target);
  if (size > largestNumber(12)) records.set("size", String(size));
  if (uid > largestNumber(8)) records.set("uid", String(uid));
  if (gid > largestNumber(8)) records.set("gid", String(gid));
  if (mtime < 0 && !pax.has("mtime")) records.set("mtime", String(mtime));
  return records;
}

function isAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}
