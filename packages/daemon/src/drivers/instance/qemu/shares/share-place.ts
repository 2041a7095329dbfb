import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unbind } from "../../../../system/bind-mount.ts";
import { readWhole } from "../../../../system/durable.ts";

/** What a later daemon must know of a share and cannot see. */
export interface ShareRecord {
  /** Of the device in the configuration. */
  readonly name: string;
  /** Where the guest is to see it; missing: wherever it likes. */
  readonly path?: string;
  readonly readonly: boolean;
}

/** Where the shares of one run lie: a directory for each, with its record and the directory on which its source is mounted. */
export class SharePlaces {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  root(name: string): string {
    return join(this.#directory(name), "root");
  }

  /** The process that serves it passes through, and reads nothing. */
  async create(record: ShareRecord): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    const directory = this.#directory(record.name);
    await mkdir(join(directory, "root"), { recursive: true, mode: 0o711 });
    const file = join(directory, "share.json");
    await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async list(): Promise<ShareRecord[]> {
    const names = await readdir(this.path).catch((): string[] => []);
    const records = names.sort().map((name) => readWhole<ShareRecord>(join(this.path, name, "share.json")));
    return (await Promise.all(records)).flatMap((record) => record ?? []);
  }

  /** Idempotent. What is shared is never reached by a removal: its mount goes first, and its place is removed only when it is empty. */
  async remove(name: string): Promise<void> {
    await removePlace(this.#directory(name));
  }

  async removeAll(): Promise<void> {
    const names = await readdir(this.path).catch((): string[] => []);
    for (const name of names) await removePlace(join(this.path, name));
  }

  #directory(name: string): string {
    return join(this.path, shareKey(name));
  }
}

async function removePlace(directory: string): Promise<void> {
  const root = join(directory, "root");
  unbind(root);
  await rmdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rm(directory, { recursive: true, force: true });
}

/** Names files and control groups. */
export const shareKey = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 12);
