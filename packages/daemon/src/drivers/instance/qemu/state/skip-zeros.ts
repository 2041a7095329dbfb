/**
 * Takes pages of zeros out of a stream. Memory that comes (`growth.ts`) is in it page by page, and most of it is zeros, which
 * whoever takes the state up has there anyway: it would only go through all of them. Pure; the format is QEMU's (its
 * docs/devel/migration.rst and migration/ram.c).
 */
import { growthMemory } from "../hardware/growth.ts";

/** Types of sections. */
const section = { start: 1, part: 2, end: 3, footer: 0x7e } as const;
/** In the lowest bits of an address: what follows. `same`: of the memory that the page before was of, which is not named again. */
const flag = { zero: 0x02, sizes: 0x04, page: 0x08, end: 0x10, same: 0x20 } as const;
const pageSize = 4096;
const flags = BigInt(pageSize - 1);

/** Of the section of memory, behind its number: its name, an instance of 0, and version 4. */
const heading = Buffer.concat([Buffer.from("\x03ram", "latin1"), Buffer.from([0, 0, 0, 0, 0, 0, 0, 4])]);

/** The parts of a stream that are to stay, in their order; undefined: its form is not known here. */
export function withoutZeros(stream: Buffer): Buffer[] | undefined {
  try {
    return new MemorySections(stream).kept();
  } catch (error) {
    // It ends early.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class MemorySections {
  readonly #stream: Buffer;
  readonly #kept: Buffer[] = [];
  /** Of the next byte. */
  #at = 0;
  /** Of the first byte that is neither kept nor left out. */
  #from = 0;
  /** The name of the memory that the last page was of: in the stream, and in what is kept of it. */
  #was: Buffer | undefined;
  #named: Buffer | undefined;

  constructor(stream: Buffer) {
    this.#stream = stream;
  }

  kept(): Buffer[] | undefined {
    const start = this.#stream.indexOf(heading) - 5;
    if (start < 0 || this.#stream[start] !== section.start) return undefined;
    const number = this.#stream.readUInt32BE(start + 1);
    this.#at = start + 5 + heading.length;
    if (!this.#sizes() || !this.#footer(number)) return undefined;
    for (let type: number = section.start; type !== section.end; ) {
      type = this.#stream.readUInt8(this.#at);
      if (type !== section.part && type !== section.end) return undefined;
      if (this.#stream.readUInt32BE(this.#at + 1) !== number) return undefined;
      this.#at += 5;
      if (!this.#pages() || !this.#footer(number)) return undefined;
    }
    return [...this.#kept, this.#stream.subarray(this.#from)];
  }

  /** How large each memory is, and where it lies. */
  #sizes(): boolean {
    const sum = this.#word();
    if ((sum & flags) !== BigInt(flag.sizes)) return false;
    let left = sum & ~flags;
    while (left > 0n) {
      this.#name();
      left -= this.#word();
      this.#word();
    }
    return left === 0n && this.#word() === BigInt(flag.end);
  }

  #pages(): boolean {
    for (;;) {
      const begin = this.#at;
      const word = this.#word();
      const what = Number(word & flags);
      if (what === flag.end) return true;
      const kind = what & ~flag.same;
      if (kind !== flag.zero && kind !== flag.page) return false;
      this.#was = what === kind ? this.#name() : this.#was;
      if (!this.#was) return false;
      const content = this.#at;
      this.#at += kind === flag.zero ? 1 : pageSize;
      if (kind === flag.zero && isGrowth(this.#was)) this.#leaveOut(begin);
      else if (this.#was !== this.#named) this.#keepNamed(begin, content, word, this.#was);
    }
  }

  #leaveOut(begin: number): void {
    this.#keepUntil(begin);
    this.#from = this.#at;
  }

  /** The page before may have been left out, and with it the name. */
  #keepNamed(begin: number, content: number, word: bigint, name: Buffer): void {
    this.#keepUntil(begin);
    const named = Buffer.alloc(9);
    named.writeBigUInt64BE(word & ~BigInt(flag.same));
    named.writeUInt8(name.length, 8);
    this.#kept.push(named, name);
    this.#named = name;
    this.#from = content;
  }

  #keepUntil(end: number): void {
    if (end > this.#from) this.#kept.push(this.#stream.subarray(this.#from, end));
  }

  #footer(number: number): boolean {
    const fits = this.#stream.readUInt8(this.#at) === section.footer;
    const same = this.#stream.readUInt32BE(this.#at + 1) === number;
    this.#at += 5;
    return fits && same;
  }

  #name(): Buffer {
    const length = this.#stream.readUInt8(this.#at);
    const name = this.#stream.subarray(this.#at + 1, this.#at + 1 + length);
    this.#at += 1 + length;
    return name;
  }

  #word(): bigint {
    const word = this.#stream.readBigUInt64BE(this.#at);
    this.#at += 8;
    return word;
  }
}

/** QEMU puts the device's place before it. */
const isGrowth = (name: Buffer): boolean => name.toString("latin1").endsWith(`/${growthMemory}`);
