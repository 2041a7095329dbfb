/** The small files in which the pool remembers what an image or a root is. */
import { readFile, writeFile } from "node:fs/promises";
import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { DirectBoot } from "@lodge/core";

export interface ImageRecord {
  readonly type: InstanceType;
  /** VM: bytes of the base disk as the guest sees it; container: 0. */
  readonly virtualSize: number;
  readonly directBoot?: Pick<DirectBoot, "cmdline" | "region">;
}

export interface RootRecord {
  readonly type: InstanceType;
  /** Of the image that it stands on; missing: on none. */
  readonly fingerprint?: string;
  /** Container: what it writes is counted, so that it can be limited. */
  readonly counted?: boolean;
}

export function readImageRecord(path: string): Promise<ImageRecord | undefined> {
  return readRecord<ImageRecord>(path);
}

export function readRootRecord(path: string): Promise<RootRecord | undefined> {
  return readRecord<RootRecord>(path);
}

export async function writeRecord(path: string, record: ImageRecord | RootRecord): Promise<void> {
  await writeFile(path, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
}

/** Only this pool writes them, whole, before the directory gets its name: what is there is believed. */
async function readRecord<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LodgeError({
      code: "pool_failed",
      message: `${path} cannot be read: ${(cause as Error).message}`,
      cause,
    });
  }
}
