/** The small files in which the pool remembers what an image, a root or a layer is. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { DirectBoot } from "@lodge/core";
import { replaceFile } from "../../../system/durable.ts";
import type { LayerId } from "./layout.ts";

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
  /** VM: the layer that it writes to. It is this root's alone. */
  readonly top?: LayerId;
  /** Container: the layer that it stands on, of those that were made by moving what had been changed; missing: on its image alone. */
  readonly below?: LayerId;
  /** The layer of each snapshot, by its id. */
  readonly snapshots?: Readonly<Record<string, LayerId>>;
}

/** The same root with these snapshots and no others. */
export function withSnapshots(record: RootRecord, snapshots: Readonly<Record<string, LayerId>>): RootRecord {
  const { snapshots: _others, ...root } = record;
  return Object.keys(snapshots).length === 0 ? root : { ...root, snapshots };
}

/** Of a container's layer. */
export interface LayerRecord {
  /** Bytes that it takes, once that was counted. */
  readonly bytes?: number;
  /** The layer that it stands on; missing: on its image alone. */
  readonly parent?: LayerId;
}

export function readImageRecord(path: string): Promise<ImageRecord | undefined> {
  return readRecord<ImageRecord>(path);
}

export function readRootRecord(path: string): Promise<RootRecord | undefined> {
  return readRecord<RootRecord>(path);
}

export function readLayerRecord(path: string): Promise<LayerRecord | undefined> {
  return readRecord<LayerRecord>(path);
}

/** In a directory that is still being made. */
export async function writeRecord(path: string, record: ImageRecord | RootRecord | LayerRecord): Promise<void> {
  await writeFile(path, recordText(record), { mode: 0o600, flush: true });
}

/** Of a root that stands. */
export async function replaceRootRecord(path: string, record: RootRecord): Promise<void> {
  await replaceFile(path, recordText(record));
}

/** Of a layer that stands. */
export async function replaceLayerRecord(path: string, record: LayerRecord): Promise<void> {
  await replaceFile(path, recordText(record));
}

function recordText(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Only this pool writes them, whole: what is there is believed. Read at once: some hundred bytes, which take a tenth of what it takes to
 * wait for them; whoever reads very many lets others have their turn.
 */
async function readRecord<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const damaged = cause instanceof SyntaxError;
    throw new LodgeError({
      code: damaged ? "disk_damaged" : "pool_failed",
      message: `${path} ${damaged ? "is damaged" : "cannot be read"}: ${(cause as Error).message}`,
      cause,
    });
  }
}
