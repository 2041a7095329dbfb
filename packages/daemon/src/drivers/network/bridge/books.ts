/**
 * What exists of networks and ports, kept as a file each: written before anything of it is made and removed after all of it is gone, so
 * a daemon that dies in between leaves a name for everything that it left.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readWhole } from "../../../system/durable.ts";
import { replaceFile } from "./reservations.ts";

export class Book<Entry> {
  readonly #directory: string;
  readonly #complete: (written: Entry) => Entry;
  #entries: Map<string, Entry> | undefined;

  /** `complete` makes an entry of what this or an earlier version wrote. */
  constructor(directory: string, complete: (written: Entry) => Entry = (entry) => entry) {
    this.#directory = directory;
    this.#complete = complete;
  }

  async get(name: string): Promise<Entry | undefined> {
    return (await this.#load()).get(name);
  }

  async all(): Promise<Entry[]> {
    return [...(await this.#load()).values()];
  }

  async put(name: string, entry: Entry): Promise<void> {
    await replaceFile(this.#file(name), JSON.stringify(entry));
    (await this.#load()).set(name, entry);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
    (await this.#load()).delete(name);
  }

  async #load(): Promise<Map<string, Entry>> {
    this.#entries ??= await this.#read();
    return this.#entries;
  }

  async #read(): Promise<Map<string, Entry>> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#directory)).filter((name) => /^[^.].*\.json$/.test(name));
    const entries = await Promise.all(names.map((file) => this.#readEntry(file)));
    return new Map(entries.filter((entry) => entry !== undefined));
  }

  /** Whatever was there is gone with the power that left only a part of its entry. */
  async #readEntry(file: string): Promise<readonly [string, Entry] | undefined> {
    const path = join(this.#directory, file);
    const written = await readWhole<Entry>(path);
    if (written !== undefined) return [file.slice(0, -".json".length), this.#complete(written)];
    await rm(path, { force: true });
    return undefined;
  }

  #file(name: string): string {
    return join(this.#directory, `${name}.json`);
  }
}
