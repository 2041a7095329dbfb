/** The Network Block Device protocol, as far as a client of one export needs it (doc/proto.md of the NBD project). */

const greetingMagic = "NBDMAGICIHAVEOPT";
const optionMagic = Buffer.from("IHAVEOPT", "latin1");
const optionReplyMagic = 0x0003e889045565a9n;
const requestMagic = 0x25609513;
const replyMagic = 0x67446698;

export const sizes = { greeting: 18, optionReply: 20, reply: 16 } as const;

/** Fixed newstyle, and no zeroes after the old kind of negotiation. */
const clientFlags = 0b11;
const optionGo = 7;

export const command = { read: 0, write: 1, disconnect: 2, flush: 3, writeZeroes: 6 } as const;
export type Command = (typeof command)[keyof typeof command];

export function isGreeting(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 16) === greetingMagic;
}

/** Chooses an export by its name and goes on to its data at once. */
export function encodeGo(name: string): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32BE(clientFlags);
  const label = Buffer.from(name);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(optionGo, 0);
  head.writeUInt32BE(4 + label.length + 2, 4);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(label.length);
  return Buffer.concat([flags, optionMagic, head, length, label, Buffer.alloc(2)]);
}

export interface OptionReply {
  readonly kind: "acknowledged" | "information" | "error";
  /** Bytes that follow. */
  readonly length: number;
}

/** Undefined when it is none. */
export function decodeOptionReply(bytes: Buffer): OptionReply | undefined {
  if (bytes.length < sizes.optionReply || bytes.readBigUInt64BE(0) !== optionReplyMagic) return undefined;
  const type = bytes.readUInt32BE(12);
  const kind = type === 1 ? "acknowledged" : type === 3 ? "information" : "error";
  return { kind, length: bytes.readUInt32BE(16) };
}

/** The export's size in bytes, if that is what the information is about. */
export function decodeExportSize(information: Buffer): number | undefined {
  if (information.length < 12 || information.readUInt16BE(0) !== 0) return undefined;
  return Number(information.readBigUInt64BE(2));
}

export interface Request {
  readonly command: Command;
  readonly handle: bigint;
  readonly offset: number;
  readonly length: number;
}

export function encodeRequest({ command, handle, offset, length }: Request): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(requestMagic, 0);
  bytes.writeUInt16BE(command, 6);
  bytes.writeBigUInt64BE(handle, 8);
  bytes.writeBigUInt64BE(BigInt(offset), 16);
  bytes.writeUInt32BE(length, 24);
  return bytes;
}

export interface Reply {
  readonly handle: bigint;
  /** 0, or an errno of Linux's. */
  readonly error: number;
}

export function decodeReply(bytes: Buffer): Reply | undefined {
  if (bytes.length < sizes.reply || bytes.readUInt32BE(0) !== replyMagic) return undefined;
  return { error: bytes.readUInt32BE(4), handle: bytes.readBigUInt64BE(8) };
}
