/** Brings what a volume holds, and held at snapshots, into one that has been claimed, in the same pool or another. */
import { noStreams } from "../backups/streams.ts";
import { poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import type { OperationContext } from "../operations/operation.ts";
import { inWords } from "../storage/byte-words.ts";
import { passStates } from "../storage/pass-states.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { VolumeOrigin } from "../storage/volumes.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { volumeRequest, volumesOf } from "./find.ts";
import { whileStill } from "./stillness.ts";
import { withUsers } from "./users.ts";

/** A snapshot that comes along, and what its pool is to call it. */
export interface BroughtSnapshot {
  readonly of: VolumeSnapshotRecord;
  readonly as: SnapshotId;
}

export interface Bringing {
  readonly source: VolumeRecord;
  /** What it was then is brought; missing: what it holds now. */
  readonly at?: SnapshotId;
  readonly to: VolumeRecord;
  /** The oldest first. */
  readonly snapshots: readonly BroughtSnapshot[];
}

type Context = Pick<OperationContext, "report" | "signal">;

/** Under names of their own. */
export function asBrought(
  { newUuid }: Pick<VolumeDependencies, "newUuid">,
  snapshots: readonly VolumeSnapshotRecord[],
): BroughtSnapshot[] {
  return snapshots.map((of) => ({ of, as: newSnapshotId({ newUuid }) }));
}

/** What fails leaves a part: the caller removes it. The caller holds the source's lock. */
export async function bringStates(deps: VolumeDependencies, bringing: Bringing, context: Context): Promise<void> {
  if (await haveCommonStreams(deps, bringing)) await stream(deps, bringing, context);
  else await copyEach(deps, bringing, context);
}

/** Records snapshots that have come as those of what is there now. They say when they were made, as the source's do. */
export async function recordBrought(
  { store }: Pick<VolumeDependencies, "store">,
  { to, snapshots }: Bringing,
): Promise<void> {
  for (const { of, as } of snapshots) await store.volumeSnapshots.put({ ...of, id: as, volume: to.id });
}

async function copyEach(
  deps: VolumeDependencies,
  { source, at, to, snapshots }: Bringing,
  { report, signal }: Context,
): Promise<void> {
  const [here, there] = [volumesOf(deps, source.pool), volumesOf(deps, to.pool)];
  const origin = async (snapshot?: SnapshotId): Promise<VolumeOrigin> =>
    source.pool === to.pool
      ? { kind: "volume", volume: source.id, ...(snapshot && { snapshot }) }
      : { kind: "path", path: await here.path(source.id, snapshot) };
  const work = (what: string) => ({
    signal,
    progress: (bytes: number) => report({ transfer_progress: `${what}: ${inWords(bytes)}` }),
  });
  const create = async () => there.create(volumeRequest(to), await origin(at), work("What it holds now"));
  await (at ? create() : withUsers(deps, source, (users) => whileStill(deps, users, create)));
  for (const [index, { of, as }] of snapshots.entries()) {
    signal.throwIfAborted();
    const what = `Snapshot ${index + 1} of ${snapshots.length}`;
    report({ transfer_progress: what });
    await there.keep({ volume: to.id, snapshot: as }, await origin(of.id), work(what));
  }
}

async function haveCommonStreams(deps: VolumeDependencies, { source, to }: Bringing): Promise<boolean> {
  if (source.pool === to.pool) return false;
  const [here, there] = [poolOf(deps, source.pool), poolOf(deps, to.pool)];
  if (source.contentType !== "filesystem" || !here.volumes?.streams || !there.volumes?.streams) return false;
  if ((await here.info()).streams !== (await there.info()).streams) return false;
  return here.volumes.streams.has(source.id);
}

/** What comes has no limit of its size yet. */
async function stream(
  deps: VolumeDependencies,
  { source, at, to, snapshots }: Bringing,
  context: Context,
): Promise<void> {
  const [from, target] = [volumesOf(deps, source.pool).streams, volumesOf(deps, to.pool)];
  if (!from || !target.streams) throw noStreams(source.pool);
  const volume = source.id;
  {
    await using receiver = target.streams.receive(volumeRequest(to));
    await using last = await stillState(deps, source, at);
    const kept = snapshots.map(({ of, as }) => ({ of: { volume, snapshot: of.id }, as }));
    await passStates({ from, to: receiver, kept, last: (pass) => pass(last.state) }, context);
  }
  if (volumeSize(to) !== undefined) await target.resize(volumeRequest(to));
}

/** What is sent; where somebody runs with the volume, it is put by in a moment, for as long as it is read. */
async function stillState(deps: VolumeDependencies, source: VolumeRecord, at: SnapshotId | undefined) {
  const volume = source.id;
  if (at) return { state: { volume, snapshot: at }, [Symbol.asyncDispose]: async () => undefined };
  const volumes = volumesOf(deps, source.pool);
  const snapshot = newSnapshotId(deps);
  await withUsers(deps, source, (users) => whileStill(deps, users, () => volumes.keep({ volume, snapshot })));
  return {
    state: { volume, snapshot },
    [Symbol.asyncDispose]: () => volumes.forget({ volume, snapshot }),
  };
}

const newSnapshotId = ({ newUuid }: Pick<VolumeDependencies, "newUuid">): SnapshotId =>
  shortId(newUuid()) as string as SnapshotId;
