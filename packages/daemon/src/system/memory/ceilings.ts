/** One file holds a group below its limit (`memory.high`, `memory.soft_limit_in_bytes`): the configuration writes to it, and the governor. */
export interface CeilingFile {
  /** Bytes; undefined: none, or there is no such file. */
  read(id: string): Promise<number | undefined>;
  /** Fine when the group does not exist. */
  write(id: string, bytes: number | undefined): Promise<void>;
}

/** The lower of the two is what is written. */
export class Ceilings {
  readonly #file: CeilingFile;
  /** Bytes that the configuration says. */
  readonly #own = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(file: CeilingFile) {
    this.#file = file;
  }

  /** What the governor wrote, an earlier daemon's too. */
  async held(id: string): Promise<number | undefined> {
    const written = await this.#file.read(id);
    return written === this.#own.get(id) ? undefined : written;
  }

  async hold(id: string, bytes: number): Promise<void> {
    this.#held.set(id, bytes);
    await this.#write(id);
  }

  async release(id: string): Promise<void> {
    this.#held.delete(id);
    await this.#write(id);
  }

  /** Takes over what an earlier daemon held: before anything else writes to the file. */
  async keep(id: string): Promise<void> {
    const held = this.#held.get(id) ?? (await this.held(id));
    if (held !== undefined) this.#held.set(id, held);
  }

  /** The group has another one by its configuration; undefined: none. */
  async own(id: string, bytes: number | undefined): Promise<void> {
    if (bytes === undefined) this.#own.delete(id);
    else this.#own.set(id, bytes);
    await this.#write(id);
  }

  /** What an earlier daemon wrote for the configuration. */
  adopt(id: string, bytes: number | undefined): void {
    if (bytes !== undefined) this.#own.set(id, bytes);
  }

  forget(id: string): void {
    this.#own.delete(id);
    this.#held.delete(id);
  }

  async #write(id: string): Promise<void> {
    const both = [this.#own.get(id), this.#held.get(id)].filter((bytes) => bytes !== undefined);
    await this.#file.write(id, both.length > 0 ? Math.min(...both) : undefined);
  }
}
