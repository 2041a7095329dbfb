/** A client of SFTP for tests: it sends what it is told, also nonsense, and one request at a time. */
import type { Duplex } from "node:stream";
import { byte, PacketReader, packet, packetsOf, string, uint32, uint64 } from "../packet.ts";

/** What came back: the kind, and a reader of what follows the number. */
export interface Reply {
  readonly kind: number;
  readonly fields: PacketReader;
}

/** A request that was answered by a status other than 0. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const noAttributes = uint32(0);
const mode = (bits: number) => Buffer.concat([uint32(4), uint32(bits)]);

export class SftpClient {
  readonly #connection: Duplex;
  readonly #packets: AsyncGenerator<Buffer>;
  #id = 0;

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#packets = packetsOf(connection, 1 << 20);
  }

  /** The extensions that the server offers. */
  async begin(version = 3): Promise<string[]> {
    this.#connection.write(packet(byte(1), uint32(version)));
    const reader = new PacketReader(await this.#next());
    if (reader.byte() !== 2 || reader.uint32() !== 3) throw new Error("not the version that was expected");
    const offered: string[] = [];
    while (reader.left > 0) offered.push(`${reader.text()} ${reader.text()}`);
    return offered;
  }

  async ask(kind: number, ...fields: readonly Buffer[]): Promise<Reply> {
    const id = ++this.#id;
    this.#connection.write(packet(byte(kind), uint32(id), ...fields));
    const reader = new PacketReader(await this.#next());
    const answered = reader.byte();
    if (reader.uint32() !== id) throw new Error("the answer to another request");
    if (answered !== 101) return { kind: answered, fields: reader };
    const status = reader.uint32();
    if (status !== 0) throw new Refused(status, reader.text());
    return { kind: answered, fields: reader };
  }

  /** The handle of a file that is opened with these flags of the protocol. */
  async open(path: string | Buffer, flags: number, bits?: number): Promise<Buffer> {
    const attributes = bits === undefined ? noAttributes : mode(bits);
    return (await this.ask(3, string(path), uint32(flags), attributes)).fields.bytes();
  }

  close = (handle: Buffer) => this.ask(4, string(handle));

  async read(path: string | Buffer): Promise<Buffer> {
    const handle = await this.open(path, 0x1);
    try {
      const parts: Buffer[] = [];
      for (let offset = 0; ; ) {
        const part = await this.ask(5, string(handle), uint64(offset), uint32(1 << 17)).catch(unlessOver);
        if (!part) return Buffer.concat(parts);
        parts.push(part.fields.bytes());
        offset += parts.at(-1)?.length ?? 0;
      }
    } finally {
      await this.close(handle);
    }
  }

  async write(path: string | Buffer, content: string | Buffer, bits?: number): Promise<void> {
    const handle = await this.open(path, 0x2 | 0x8 | 0x10, bits);
    try {
      await this.ask(6, string(handle), uint64(0), string(content));
    } finally {
      await this.close(handle);
    }
  }

  async list(path: string | Buffer): Promise<Buffer[]> {
    const handle = (await this.ask(11, string(path))).fields.bytes();
    try {
      const names: Buffer[] = [];
      for (;;) {
        const answer = await this.ask(12, string(handle)).catch(unlessOver);
        if (!answer) return names;
        for (let count = answer.fields.uint32(); count > 0; count--) {
          names.push(answer.fields.bytes());
          answer.fields.bytes();
          readStat(answer.fields);
        }
      }
    } finally {
      await this.close(handle);
    }
  }

  lstat = async (path: string | Buffer) => readStat((await this.ask(7, string(path))).fields);
  stat = async (path: string | Buffer) => readStat((await this.ask(17, string(path))).fields);
  chmod = (path: string | Buffer, bits: number) => this.ask(9, string(path), mode(bits));
  chown = (path: string | Buffer, uid: number, gid: number) =>
    this.ask(9, string(path), uint32(2), uint32(uid), uint32(gid));
  truncate = (path: string | Buffer, size: number) => this.ask(9, string(path), uint32(1), uint64(size));
  remove = (path: string | Buffer) => this.ask(13, string(path));
  mkdir = (path: string | Buffer) => this.ask(14, string(path), noAttributes);
  rmdir = (path: string | Buffer) => this.ask(15, string(path));
  rename = (from: string | Buffer, to: string | Buffer) => this.ask(18, string(from), string(to));
  symlink = (target: string | Buffer, path: string | Buffer) => this.ask(20, string(target), string(path));
  extended = (name: string, ...fields: readonly Buffer[]) => this.ask(200, string(name), ...fields);

  async name(kind: 16 | 19, path: string | Buffer): Promise<Buffer> {
    const { fields } = await this.ask(kind, string(path));
    fields.uint32();
    return fields.bytes();
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#packets.next();
    if (done) throw new Error("the server has ended");
    return value;
  }
}

function unlessOver(error: unknown): undefined {
  if (!(error instanceof Refused) || error.status !== 1) throw error;
}

function readStat(reader: PacketReader) {
  reader.uint32();
  const size = reader.uint64();
  const [uid, gid, bits] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const [accessed, modified] = [reader.uint32(), reader.uint32()];
  return { size, uid, gid, mode: bits, accessed, modified };
}
