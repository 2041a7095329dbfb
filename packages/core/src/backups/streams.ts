/** Backups in the form of a pool's own: `--optimized-storage`. */
import { type InstanceBackupIndex, LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { PoolDriver } from "../storage/pool.ts";
import type { RootState, RootStreams } from "../storage/streams.ts";
import type { BackupSource } from "./archives.ts";
import type { Frozen } from "./frozen.ts";

/** What an index says of a backup that is such. */
export const asStreams = (index: Frozen["index"]): Frozen["index"] => ({
  ...index,
  optimized: true,
  optimized_header: true,
});

/** The states of a frozen root, each but the first in what it differs from the one before. */
export async function* openStreams(deps: InstanceDependencies, frozen: Frozen): AsyncGenerator<BackupSource, void> {
  const { streams } = poolOf(deps, frozen.pool);
  if (!streams) throw noStreams(frozen.pool);
  let before: RootState | undefined;
  for (const { id: snapshot, name } of frozen.snapshots) {
    const state = { root: frozen.root.id, snapshot };
    await using content = await streams.send(state, before);
    yield { snapshot: name, content };
    before = state;
  }
  await using content = await streams.send({ root: frozen.root.id }, before);
  yield { content };
}

/** What of a pool receives a backup in such a form. */
export async function requireStreams(pool: PoolDriver, name: string, index: InstanceBackupIndex): Promise<RootStreams> {
  const { driver, streams: form } = await pool.info();
  if (form !== undefined && form === index.backend && pool.streams) return pool.streams;
  throw new LodgeError({
    code: "not_supported",
    message: `The backup was made with --optimized-storage on a pool of the driver "${index.backend}", and only such pools read it; pool "${name}" is of the driver "${driver}". Name another pool (--storage), or export it again without.`,
  });
}

function noStreams(pool: string): LodgeError {
  return new LodgeError({
    code: "not_supported",
    message: `Pool "${pool}" has no form of its own for backups; export without --optimized-storage.`,
  });
}
