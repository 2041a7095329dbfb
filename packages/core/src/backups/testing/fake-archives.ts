import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type BackupIndex, backupIndexSchema, LodgeError } from "@lodge/api";
import type {
  BackupArchives,
  BackupContent,
  BackupLimits,
  BackupReading,
  BackupState,
  BackupWrite,
  StreamTarget,
} from "../archives.ts";

interface Written {
  readonly index: unknown;
  /** A raw disk is as large as what it holds. */
  readonly states: readonly { readonly snapshot?: string; readonly size?: number; readonly content: string }[];
}

/** What fakes of pools hold at a path. */
export interface FakeContents {
  read(path: string): string;
  write(path: string, content: string): void;
}

/** Backups as JSON, of what fakes of pools hold. */
export class FakeArchives implements BackupArchives {
  /** What was read and is not disposed of. */
  open = 0;
  readonly #contents: FakeContents;

  constructor(contents: FakeContents) {
    this.#contents = contents;
  }

  write({ index, sources }: BackupWrite): Readable {
    const contents = this.#contents;
    async function* whole() {
      const states: Written["states"][number][] = [];
      for await (const { snapshot, content: from } of sources) {
        const content = from.kind === "sent" ? await text(from.stream()) : contents.read(from.path);
        const size = from.kind === "raw" ? { size: content.length } : {};
        states.push({ ...(snapshot !== undefined && { snapshot }), ...size, content });
      }
      const { lodge } = index as { readonly lodge?: object };
      const noted = lodge && { lodge: { ...lodge, checksum: "crc32" } };
      yield JSON.stringify({ index: { ...index, ...noted }, states });
    }
    return Readable.from(whole());
  }

  async read(stream: Readable): Promise<BackupReading> {
    const written = JSON.parse(await text(stream)) as Written;
    this.open += 1;
    return {
      index: backupIndexSchema.parse(written.index) as BackupIndex,
      states: (limits) => this.#states(written, limits),
      [Symbol.asyncDispose]: async () => {
        this.open -= 1;
      },
    };
  }

  async *#states({ states }: Written, { bytes }: BackupLimits): AsyncGenerator<BackupState, void> {
    for (const { content, ...state } of states) {
      if (content.length > bytes || content === "damaged")
        throw new LodgeError({ code: "backup_invalid", message: "The backup is refused." });
      const writeTo = async (to: BackupContent | StreamTarget) =>
        to.kind === "stream" ? to.take(Readable.from([Buffer.from(content)])) : this.#contents.write(to.path, content);
      yield { ...state, writeTo };
    }
  }
}
