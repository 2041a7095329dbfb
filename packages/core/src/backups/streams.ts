/** Backups in the form of a pool's own: `--optimized-storage`. */
import { type BackupIndex, LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { PoolDriver } from "../storage/pool.ts";
import type { RootState, StateStreams } from "../storage/streams.ts";
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
  const root = frozen.root.id;
  const kept = frozen.snapshots.map(({ id: snapshot, name }) => ({ name, state: { root, snapshot } }));
  yield* sendStates<RootState>(streams, frozen.pool, kept, { root });
}

/** `kept`: the snapshots, the oldest first. */
export async function* sendStates<State>(
  streams: Pick<StateStreams<State, never>, "send"> | undefined,
  pool: string,
  kept: readonly { readonly name: string; readonly state: State }[],
  now: State,
): AsyncGenerator<BackupSource, void> {
  if (!streams) throw noStreams(pool);
  let before: State | undefined;
  for (const { name, state } of kept) {
    await using content = await streams.send(state, before);
    yield { snapshot: name, content };
    before = state;
  }
  await using content = await streams.send(now, before);
  yield { content };
}

/** Refuses a backup in a form that a pool does not read. */
export async function requireForm(
  pool: Pick<PoolDriver, "info">,
  name: string,
  { backend }: Pick<BackupIndex, "backend">,
): Promise<void> {
  const { driver, streams } = await pool.info();
  if (streams !== undefined && streams === backend) return;
  throw new LodgeError({
    code: "not_supported",
    message: `The backup was made with --optimized-storage on a pool of the driver "${backend}", and only such pools read it; pool "${name}" is of the driver "${driver}". Name another pool, or export it again without.`,
  });
}

export function noStreams(pool: string): LodgeError {
  return new LodgeError({
    code: "not_supported",
    message: `Pool "${pool}" has no form of its own for backups; export without --optimized-storage.`,
  });
}
