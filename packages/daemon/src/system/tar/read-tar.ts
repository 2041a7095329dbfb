/** Reads an archive entry by entry, as it comes. What is unusual in one is refused rather than guessed: two readers of a strange archive may see two things. */
import type { ByteReader } from "./byte-reader.ts";
import { type PaxRecords, parsePax } from "./pax.ts";
import { blockSize, isZeroBlock, paddedSize, parseBlock, type TarBlock } from "./tar-block.ts";
import type { TarHeader } from "./tar-header.ts";

export interface ReadEntry {
  /** With what a pax header says of it; `pax` has the records that are no fields. */
  readonly header: TarHeader;
  /** The content; what is not read is skipped. */
  pieces(): AsyncGenerator<Buffer, void>;
}

/** Makes the error of an archive that is no whole archive. */
export type DamageError = (why: string) => Error;

/** Bytes of a pax header or a long name, at most: attributes of a file end at 64 KiB each. */
const longestHeader = 4 << 20;

/** `between`: called before each entry is read, when all before it has been. */
export async function* readTar(
  reader: ByteReader,
  damage: DamageError,
  between: () => void = () => undefined,
): AsyncGenerator<ReadEntry, void> {
  for (;;) {
    between();
    const said = new Said(damage);
    let block = await readBlock(reader, damage);
    while (block && said.isAbout(block)) {
      said.take(block, await readContent(reader, block.size, damage));
      block = await readBlock(reader, damage);
    }
    if (!block) {
      if (!said.isEmpty) throw damage("it ends early");
      return;
    }
    const header = said.applyTo(block);
    const content = contentOf(header.kind);
    if (header.size > 0 && !content) throw damage(`${JSON.stringify(header.name)} has a content`);
    let left = header.size;
    yield {
      header,
      async *pieces() {
        for await (const piece of reader.pieces(left)) {
          left -= piece.length;
          yield piece;
        }
        if (left > 0) throw damage("it ends early");
      },
    };
    const rest = left + paddedSize(header.size) - header.size;
    let skipped = 0;
    for await (const piece of reader.pieces(rest)) skipped += piece.length;
    if (skipped < rest) throw damage("it ends early");
  }
}

const contentOf = (kind: string): boolean => kind === "0" || kind === "7";

/** Undefined at the end, which two blocks of zeros make. */
async function readBlock(reader: ByteReader, damage: DamageError): Promise<TarBlock | undefined> {
  const block = await reader.read(blockSize);
  if (block.length < blockSize) throw damage("it ends early");
  if (isZeroBlock(block)) {
    const second = await reader.read(blockSize);
    if (second.length < blockSize || !isZeroBlock(second)) throw damage("it ends early");
    return undefined;
  }
  const parsed = parseBlock(block);
  if (!parsed) throw damage("a header in it is damaged");
  return parsed;
}

async function readContent(reader: ByteReader, size: number, damage: DamageError): Promise<Buffer> {
  if (size > longestHeader) throw damage("a header in it is far too long");
  const content = await reader.read(paddedSize(size));
  if (content.length < paddedSize(size)) throw damage("it ends early");
  return content.subarray(0, size);
}

/** What is said of an entry before its block: by pax, or in GNU tar's older way. */
class Said {
  readonly #damage: DamageError;
  #pax: PaxRecords | undefined;
  #name: string | undefined;
  #target: string | undefined;

  constructor(damage: DamageError) {
    this.#damage = damage;
  }

  get isEmpty(): boolean {
    return !this.#pax && this.#name === undefined && this.#target === undefined;
  }

  isAbout({ kind }: TarBlock): boolean {
    return kind === "x" || kind === "L" || kind === "K" || kind === "g";
  }

  take({ kind }: TarBlock, content: Buffer): void {
    if (kind === "g") throw this.#damage("it has a header for all that follows");
    const again = { x: this.#pax, L: this.#name, K: this.#target }[kind];
    if (again !== undefined) throw this.#damage("one of its entries has two headers of a kind");
    if (kind === "L") this.#name = untilZero(content);
    else if (kind === "K") this.#target = untilZero(content);
    else this.#pax = parsePax(content);
    if (kind === "x" && !this.#pax) throw this.#damage("a header in it is damaged");
  }

  applyTo(block: TarBlock): TarHeader {
    const records = new Map(this.#pax);
    const take = (keyword: string) => {
      const value = records.get(keyword);
      records.delete(keyword);
      return value;
    };
    const number = (keyword: string) => {
      const value = take(keyword);
      if (value === undefined) return undefined;
      if (!/^\d{1,15}$/.test(value)) throw this.#damage(`its ${keyword} is ${JSON.stringify(value)}`);
      return Number(value);
    };
    return {
      ...block,
      name: take("path") ?? this.#name ?? block.name,
      target: take("linkpath") ?? this.#target ?? block.target,
      size: number("size") ?? block.size,
      uid: number("uid") ?? block.uid,
      gid: number("gid") ?? block.gid,
      pax: records,
    };
  }
}

function untilZero(content: Buffer): string {
  const end = content.indexOf(0);
  return content.toString("latin1", 0, end < 0 ? content.length : end);
}
