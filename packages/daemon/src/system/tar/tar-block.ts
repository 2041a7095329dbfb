/**
 * The blocks of a tar archive (POSIX.1-2017, pax interchange format), as they lie in it. Names are kept byte for byte, a character
 * for each byte (latin1): guests name files as they like, and give them attributes that are no text.
 */

export const blockSize = 512;

/** The fields of a header block. What a pax header in front of it says is not in them. */
export interface TarBlock {
  readonly name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` directory, `6` fifo, `x` pax header of what follows, … */
  readonly kind: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly target: string;
  readonly major: number;
  readonly minor: number;
}

/** A text as it stands in an archive, and back. */
export const toBytes = (text: string): string => Buffer.from(text).toString("latin1");
export const fromBytes = (bytes: string): string => Buffer.from(bytes, "latin1").toString();

/** Bytes of a content with what fills its last block up. */
export function paddedSize(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** Undefined when the block is no header, or a damaged one. */
export function parseBlock(block: Buffer): TarBlock | undefined {
  const numbers = [numberAt(block, 100, 8), numberAt(block, 108, 8), numberAt(block, 116, 8), numberAt(block, 124, 12)];
  const [mode, uid, gid, size] = numbers;
  const mtime = numberAt(block, 136, 12);
  if (numberAt(block, 148, 8) !== checksum(block)) return undefined;
  if (mode === undefined || uid === undefined || gid === undefined || size === undefined || size < 0) return undefined;
  const kind = String.fromCharCode(block[156] || 0x30);
  const name = textAt(block, 0, 100);
  const posix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = posix ? textAt(block, 345, 155) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    kind,
    size,
    mode,
    uid,
    gid,
    mtime: mtime ?? 0,
    target: textAt(block, 157, 100),
    major: numberAt(block, 329, 8) ?? 0,
    minor: numberAt(block, 337, 8) ?? 0,
  };
}

/** A block of what fits: the caller says the rest in a pax header. */
export function encodeBlock(fields: TarBlock): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(fields.name.slice(0, 100), 0, "latin1");
  putNumber(block, 100, 8, fields.mode);
  putNumber(block, 108, 8, fields.uid);
  putNumber(block, 116, 8, fields.gid);
  putNumber(block, 124, 12, fields.size);
  putNumber(block, 136, 12, Math.max(0, Math.floor(fields.mtime)));
  block.write(fields.kind, 156, "latin1");
  block.write(fields.target.slice(0, 100), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  putNumber(block, 329, 8, fields.major);
  putNumber(block, 337, 8, fields.minor);
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** The largest number that a field of so many bytes holds. */
export const largestNumber = (length: number): number => 8 ** (length - 1) - 1;

/** The sum of all bytes, that of the checksum's own field being spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function textAt(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? length : end);
}

/** Octal digits, or, as GNU tar writes what does not fit, bytes of a number after one that has its highest bit set. */
function numberAt(block: Buffer, start: number, length: number): number | undefined {
  if (((block[start] ?? 0) & 0x80) !== 0) {
    const value = block.subarray(start + 1, start + length).reduce((sum, byte) => sum * 256 + byte, 0);
    return block[start] === 0x80 && Number.isSafeInteger(value) ? value : undefined;
  }
  const text = textAt(block, start, length).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || "0", 8) : undefined;
}

function putNumber(block: Buffer, start: number, length: number, value: number): void {
  const fitting = Math.min(value, largestNumber(length));
  block.write(fitting.toString(8).padStart(length - 1, "0"), start, "latin1");
}
