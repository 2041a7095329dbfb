/** Reads and writes a disk that a server on the other end of a socket has open. */
import type { Socket } from "node:net";
import { ByteReader } from "../../../system/tar/byte-reader.ts";
import {
  type Command,
  command,
  decodeExportSize,
  decodeOptionReply,
  decodeReply,
  encodeGo,
  encodeRequest,
  isGreeting,
  sizes,
} from "./nbd-protocol.ts";
import type { OpenDisk } from "./open-disk.ts";

/** Makes the error of a disk that cannot be read or written. */
export type DiskFailure = (why: string, cause?: unknown) => Error;

const ENOSPC = 28;
/** Bytes of an information that is not the size. */
const longestInformation = 1 << 16;

interface Waiting {
  /** Where what comes with the reply goes; as long as that. */
  readonly into: Buffer;
  readonly answered: PromiseWithResolvers<void>;
}

const nothing = Buffer.alloc(0);

export class NbdClient implements OpenDisk {
  /** Bytes of the disk. */
  readonly size: number;
  readonly #socket: Socket;
  readonly #reader: ByteReader;
  readonly #failure: DiskFailure;
  readonly #waiting = new Map<bigint, Waiting>();
  #next = 0n;
  #broken: Error | undefined;

  private constructor(socket: Socket, reader: ByteReader, size: number, failure: DiskFailure) {
    this.#socket = socket;
    this.#reader = reader;
    this.size = size;
    this.#failure = failure;
    void this.#receive();
  }

  /** Takes the socket over. Throws what `failure` makes of a server that says other than it should, or ends. */
  static async open(
    socket: Socket,
    reads: AsyncIterable<Buffer>,
    name: string,
    failure: DiskFailure,
  ): Promise<NbdClient> {
    const reader = new ByteReader(reads);
    const strange = () => failure("its server does not answer as it should");
    if (!isGreeting(await reader.read(sizes.greeting))) throw strange();
    socket.write(encodeGo(name));
    let size: number | undefined;
    for (;;) {
      const reply = decodeOptionReply(await reader.read(sizes.optionReply));
      if (!reply || reply.length > longestInformation) throw strange();
      const said = await reader.read(reply.length);
      if (reply.kind === "error") throw failure(`its server refuses it: ${said.toString()}`);
      if (reply.kind === "acknowledged") break;
      size ??= decodeExportSize(said);
    }
    if (size === undefined) throw strange();
    return new NbdClient(socket, reader, size, failure);
  }

  /** Fills the buffer. */
  read(offset: number, into: Buffer): Promise<void> {
    return this.#ask(command.read, offset, into.length, { into });
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    await this.#ask(command.write, offset, bytes.length, { bytes });
  }

  async writeZeroes(offset: number, length: number): Promise<void> {
    await this.#ask(command.writeZeroes, offset, length);
  }

  /** All that was written is on the host's disk afterwards. */
  async flush(): Promise<void> {
    await this.#ask(command.flush, 0, 0);
  }

  #ask(
    what: Command,
    offset: number,
    length: number,
    { into = nothing, bytes }: { readonly into?: Buffer; readonly bytes?: Buffer } = {},
  ): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const handle = this.#next++;
    const answered = Promise.withResolvers<void>();
    this.#waiting.set(handle, { into, answered });
    this.#socket.write(encodeRequest({ command: what, handle, offset, length }));
    if (bytes) this.#socket.write(bytes);
    return answered.promise;
  }

  async #fill(into: Buffer): Promise<void> {
    let filled = 0;
    for await (const piece of this.#reader.pieces(into.length)) filled += piece.copy(into, filled);
    if (filled < into.length) throw this.#failure("its server has ended");
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const reply = decodeReply(await this.#reader.read(sizes.reply));
        const waiting = reply && this.#waiting.get(reply.handle);
        if (!reply || !waiting) throw this.#failure("its server has ended");
        this.#waiting.delete(reply.handle);
        if (reply.error === 0) {
          await this.#fill(waiting.into);
          waiting.answered.resolve();
        } else
          waiting.answered.reject(
            this.#failure(reply.error === ENOSPC ? "No space left on device" : `error ${reply.error}`),
          );
      }
    } catch (error) {
      this.#broken = error instanceof Error ? error : this.#failure(String(error));
      for (const { answered } of this.#waiting.values()) answered.reject(this.#broken);
      this.#waiting.clear();
    }
  }
}
