/** A raw disk: there is nothing in it to be understood, so it is read and written here. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dataExtents, punchHole } from "../../../system/file-holes.ts";
import type { Extent } from "./extents.ts";
import type { DiskFailure } from "./nbd-client.ts";
import type { OpenDisk } from "./open-disk.ts";

export class RawFile implements OpenDisk, AsyncDisposable {
  readonly size: number;
  readonly #file: FileHandle;
  readonly #failure: DiskFailure;

  private constructor(file: FileHandle, size: number, failure: DiskFailure) {
    this.#file = file;
    this.size = size;
    this.#failure = failure;
  }

  static async open(path: string, access: "read" | "write", failure: DiskFailure): Promise<RawFile> {
    const flags = (access === "read" ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NOFOLLOW;
    const file = await open(path, flags).catch((error: Error) => {
      throw failure(error.message, error);
    });
    return new RawFile(file, (await file.stat()).size, failure);
  }

  /** What holds something, in order. */
  extents(): Promise<Extent[]> {
    return dataExtents(this.#file.fd, this.size);
  }

  async read(offset: number, into: Buffer): Promise<void> {
    for (let filled = 0; filled < into.length; ) {
      const { bytesRead } = await this.#attempt(this.#file.read(into, filled, into.length - filled, offset + filled));
      if (bytesRead === 0) throw this.#failure("it has become shorter");
      filled += bytesRead;
    }
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#attempt(
        this.#file.write(bytes, written, bytes.length - written, offset + written),
      );
      written += bytesWritten;
    }
  }

  async writeZeroes(offset: number, length: number): Promise<void> {
    await this.#attempt(punchHole(this.#file.fd, offset, length));
  }

  async flush(): Promise<void> {
    await this.#attempt(this.#file.sync());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }

  #attempt<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: NodeJS.ErrnoException) => {
      throw this.#failure(error.code === "ENOSPC" ? "No space left on device" : error.message, error);
    });
  }
}
