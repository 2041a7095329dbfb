/** The data of SFTP packets, version 3: draft-ietf-secsh-filexfer-02. Integers are big-endian, strings have their length before them. */

/** What a client sent makes no sense, and what follows it neither. */
export class PacketError extends Error {}

/** Reads a packet's fields one after the other. Throws PacketError when there are fewer bytes than it says. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  /** Of numbers that are too large to be exact, the nearest. */
  uint64(): number {
    return Number(this.#take(8).readBigUInt64BE());
  }

  bytes(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new PacketError("a packet ends too early");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

/** One field of a packet. */
export const byte = (value: number): Buffer => Buffer.of(value);

export function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
}

export function uint64(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}

export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A packet of these fields, ready to be sent. */
export function packet(...fields: readonly Buffer[]): Buffer {
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  return Buffer.concat([uint32(length), ...fields]);
}

/** Cuts a stream into packets, without their lengths. Throws PacketError for one that is empty or longer than `longest` bytes. */
export async function* packetsOf(stream: AsyncIterable<Buffer>, longest: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted: number | undefined;
  for await (const part of stream) {
    parts.push(part);
    held += part.length;
    while (held >= (wanted ?? 4)) {
      const bytes = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
      const end = wanted ?? 4;
      parts = bytes.length > end ? [bytes.subarray(end)] : [];
      held -= end;
      if (wanted !== undefined) {
        wanted = undefined;
        yield bytes.subarray(0, end);
      } else {
        wanted = bytes.readUInt32BE();
        if (wanted === 0 || wanted > longest) throw new PacketError(`a packet of ${wanted} bytes`);
      }
    }
  }
}
