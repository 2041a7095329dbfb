/** What a VM kept beside its disk: small files, held until the disk that they belong to comes. */
import { chown, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { insidePath } from "../../system/tar/entry-rules.ts";
import type { ReadEntry } from "../../system/tar/read-tar.ts";
import { refuse } from "./failure.ts";

/** Bytes of all of them, and how many there may be: UEFI variables and a TPM's state are far less. */
const most = { bytes: 64 << 20, files: 1000 };

export class HeldState {
  readonly #files = new Map<string, Buffer>();
  #bytes = 0;

  /** `path`: below the directory of the state. */
  async take(entry: ReadEntry, path: string): Promise<void> {
    if (entry.header.kind === "5") return;
    if (entry.header.kind !== "0") throw refuse("what a machine keeps beside its disk is no plain file");
    this.#bytes += entry.header.size;
    if (this.#bytes > most.bytes || this.#files.size >= most.files)
      throw refuse("what a machine keeps beside its disk is far too much");
    const pieces: Buffer[] = [];
    for await (const piece of entry.pieces()) pieces.push(piece);
    this.#files.set(insidePath(path, refuse), Buffer.concat(pieces));
  }

  /** In the place of what is in the directory, which is root's. The files are the VM's own. */
  async write(directory: string, uid: number): Promise<void> {
    for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
    for (const [path, content] of this.#files) {
      const folder = dirname(path);
      if (folder !== ".") await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
      await using file = await open(join(directory, path), "wx", 0o600);
      await file.writeFile(content);
      await file.chown(uid, uid);
      if (folder !== ".") await chown(join(directory, folder), uid, uid);
    }
  }
}
