import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type BackupIndex, backupIndexSchema, LodgeError } from "@lodge/api";
import type { InstanceId } from "../../instances/driver.ts";
import type { PreparedRoot } from "../../storage/pool.ts";
import type { BackupArchives, BackupLimits, BackupReading, BackupState, BackupWrite } from "../archives.ts";

interface Written {
  readonly index: unknown;
  readonly states: readonly { readonly snapshot?: string; readonly content: string }[];
}

/** Backups as JSON, of the contents of a fake pool. */
export class FakeArchives implements BackupArchives {
  /** What was read and is not disposed of. */
  open = 0;
  readonly #contents: Map<InstanceId, string>;

  constructor(contents: Map<InstanceId, string>) {
    this.#contents = contents;
  }

  write({ index, sources }: BackupWrite): Readable {
    const contents = this.#contents;
    async function* whole() {
      const states: Written["states"][number][] = [];
      for await (const { snapshot, root } of sources)
        states.push({ ...(snapshot !== undefined && { snapshot }), content: contents.get(idOf(root)) ?? "" });
      yield JSON.stringify({ index, states });
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
    for (const { snapshot, content } of states) {
      if (content.length > bytes || content === "damaged")
        throw new LodgeError({ code: "backup_invalid", message: "The backup is refused." });
      const writeTo = async (root: PreparedRoot) => void this.#contents.set(idOf(root), content);
      yield { ...(snapshot !== undefined && { snapshot }), writeTo };
    }
  }
}

const idOf = ({ path }: PreparedRoot): InstanceId => (path.split("/").at(-1) ?? "") as InstanceId;
