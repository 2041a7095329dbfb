import { constants } from "node:fs";
import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { LodgeError } from "@lodge/api/errors";
import type { StateRequest } from "@lodge/core";
import { replaceFile } from "../../../../system/durable.ts";
import type { MachineRecord } from "./machine-record.ts";

/** What a state is of, written when the rest of it is on disk: a directory without it holds no state. */
export interface StateRecord {
  readonly version: 1;
  readonly form: StateRequest["form"];
  /** Version of the QEMU that it comes from. */
  readonly qemu: string;
  readonly machine: MachineRecord;
  /** With what the guest was made ready for its forks. */
  readonly prepared?: string;
  /** It was paused by the user. */
  readonly paused: boolean;
  readonly stream: Checksum;
  /** Of memory that is beside the stream and on disk. */
  readonly memory?: Checksum;
}

export interface Checksum {
  /** Bytes. */
  readonly size: number;
  /** As of RFC 1952. */
  readonly crc32: number;
}

const recordName = "state.json";

/** The files of a state. Root's alone: QEMU is given descriptors. */
export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Devices and, of a `copy`, memory as QEMU sends them. */
  get stream(): string {
    return join(this.path, "stream");
  }

  /** Of a shared state that lasts. */
  get memory(): string {
    return join(this.path, "memory");
  }

  get holderLog(): string {
    return join(this.path, "holder.log");
  }

  /** The caller closes it. */
  createStream(): Promise<FileHandle> {
    return open(this.stream, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  }

  /** Bytes that its files take: a memory has holes where the guest never wrote. */
  async taken(): Promise<number> {
    const files = [this.stream, this.memory].map((path) => stat(path).catch(() => ({ blocks: 0 })));
    return (await Promise.all(files)).reduce((sum, { blocks }) => sum + blocks * 512, 0);
  }

  async put(record: StateRecord): Promise<void> {
    await replaceFile(join(this.path, recordName), recordText(record));
  }

  /** `state_unusable` when there is none that this version understands. */
  async record(): Promise<StateRecord> {
    const record = await this.#read();
    const { size } = await stat(this.stream).catch(() => ({ size: -1 }));
    if (size !== record.stream.size) {
      throw stateUnusable(
        size < 0 ? "its file is gone" : `its file has ${size} bytes in place of ${record.stream.size}`,
      );
    }
    return record;
  }

  async #read(): Promise<StateRecord> {
    const text = await readFile(join(this.path, recordName), "utf8").catch((error: unknown) => {
      throw stateUnusable("it was not kept whole", error);
    });
    return readRecordText(text);
  }
}

/** The record is one line, its checksum the next: what is read is what was written. */
export function recordText(record: StateRecord): string {
  const line = JSON.stringify(record);
  return `${line}\n${crc32(line).toString(16)}\n`;
}

/** `state_unusable` for what is damaged, or a newer version's. */
export function readRecordText(text: string): StateRecord {
  const [line = "", sum] = text.split("\n");
  if (sum !== crc32(line).toString(16)) throw stateUnusable("the record of it is damaged");
  const record = JSON.parse(line) as StateRecord;
  if (record.version === 1) return record;
  throw stateUnusable("it was kept by a newer version of Lodge");
}

/** Reads a whole file. */
export async function checksumOf(path: string, signal?: AbortSignal): Promise<Checksum> {
  await using file = await open(path, "r");
  let size = 0;
  let sum = 0;
  for await (const chunk of file.createReadStream({
    highWaterMark: 2 ** 20,
    autoClose: false,
    ...(signal && { signal }),
  })) {
    size += (chunk as Buffer).length;
    sum = crc32(chunk as Buffer, sum);
  }
  return { size, crc32: sum };
}

/** Of a state from which nothing can begin. `problem` follows "cannot be loaded: ". */
export function stateUnusable(problem: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "state_unusable",
    message: `The kept state cannot be loaded: ${problem}.`,
    cause,
  });
}
