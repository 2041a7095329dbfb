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

/** Makes the error of a disk that cannot be read or written. */
export type DiskFailure = (why: string, cause?: unknown) => Error;

const ENOSPC = 28;
/** Bytes of an information that is not the size. */
const longestInformation = 1 << 16;

interface Waiting {
  /** Bytes that come with the reply. */
  readonly length: number;
  readonly answered: PromiseWithResolvers<Buffer[]>;
}

export class NbdClient {
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
  static async open(socket: Socket, name: string, failure: DiskFailure): Promise<NbdClient> {
    const reader = new ByteReader(socket as AsyncIterable<Buffer>);
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

  /** In the pieces in which it comes: to put them together would be half of the work. */
  read(offset: number, length: number): Promise<Buffer[]> {
    return this.#ask(command.read, offset, length, length);
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    await this.#ask(command.write, offset, bytes.length, 0, bytes);
  }

  async writeZeroes(offset: number, length: number): Promise<void> {
    await this.#ask(command.writeZeroes, offset, length, 0);
  }

  /** All that was written is on the host's disk afterwards. */
  async flush(): Promise<void> {
    await this.#ask(command.flush, 0, 0, 0);
  }

  #ask(what: Command, offset: number, length: number, expected: number, bytes?: Buffer): Promise<Buffer[]> {
    if (this.#broken) return Promise.reject(this.#broken);
    const handle = this.#next++;
    const answered = Promise.withResolvers<Buffer[]>();
    this.#waiting.set(handle, { length: expected, answered });
    this.#socket.write(encodeRequest({ command: what, handle, offset, length }));
    if (bytes) this.#socket.write(bytes);
    return answered.promise;
  }

  async #pieces(length: number): Promise<Buffer[]> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#reader.pieces(length)) pieces.push(piece);
    return pieces;
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const reply = decodeReply(await this.#reader.read(sizes.reply));
        const waiting = reply && this.#waiting.get(reply.handle);
        if (!reply || !waiting) throw this.#failure("its server has ended");
        this.#waiting.delete(reply.handle);
        if (reply.error === 0) waiting.answered.resolve(await this.#pieces(waiting.length));
        else
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
