/** Opens the states of a frozen root for reading, one after the other. */
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { IdRange } from "../instances/driver.ts";
import { idRange, shortId } from "../instances/identity.ts";
import type { DiskRoot, PreparedRoot, RootRequest } from "../storage/pool.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { BackupContent, BackupSource } from "./archives.ts";
import type { Frozen } from "./frozen.ts";

/** A container's root as the guest sees it: owners are not moved. */
export const guestIds: IdRange = { base: 0, size: 65_536, owner: 0 };

/**
 * Of the host ids that belong to an instance, those as which its disks are read: not the one as which it runs, which would lose them when
 * the reading ends. Several may read at once.
 */
const firstReader = 60_000;
const readers = 5_000;
let reading = 0;

export async function* openSources(deps: InstanceDependencies, frozen: Frozen): AsyncGenerator<BackupSource, void> {
  const { base } = idRange(deps.idBase, frozen.idBlock);
  const uid = base + firstReader + (reading++ % readers);
  const ids = frozen.root.type === "container" ? guestIds : { base: uid, size: 1, owner: uid };
  // Those of an increment stay open: each is read beside the next, and they share files, which closing one would take from the reader.
  await using held = new AsyncDisposableStack();
  let before = frozen.base && diskOf(held.use(await openSnapshot(deps, frozen, frozen.base.id, ids)).root);
  for (const { id, name } of frozen.snapshots) {
    if (before) {
      const { root } = held.use(await openSnapshot(deps, frozen, id, ids));
      yield { snapshot: name, content: contentOf(root, uid), since: before };
      before = diskOf(root);
    } else {
      await using opened = await openSnapshot(deps, frozen, id, ids);
      yield { snapshot: name, content: contentOf(opened.root, uid) };
    }
  }
  await using opened = await openRoot(deps, frozen.pool, frozen.root, ids);
  yield { content: contentOf(opened.root, uid), ...(before && { since: before }) };
}

/** `uid`: the host's user for whom a disk was prepared. */
export function contentOf(root: PreparedRoot, uid: number): BackupContent {
  return root.kind === "disk" ? { ...root, uid } : root;
}

const diskOf = (root: PreparedRoot): DiskRoot | undefined => (root.kind === "disk" ? root : undefined);

interface Opened extends AsyncDisposable {
  readonly root: PreparedRoot;
}

async function openRoot(deps: InstanceDependencies, name: string, request: RootRequest, ids: IdRange): Promise<Opened> {
  const pool = poolOf(deps, name);
  const settle = () => pool.settleRoot(request.id);
  try {
    return { root: await pool.prepareRoot(request, ids), [Symbol.asyncDispose]: settle };
  } catch (error) {
    await settle();
    throw error;
  }
}

/** As it lies there, where the pool can show it; else by a root of its own, which the next daemon removes if this one dies. */
async function openSnapshot(
  deps: InstanceDependencies,
  { pool: name, root }: Frozen,
  snapshot: SnapshotId,
  ids: IdRange,
): Promise<Opened> {
  const pool = poolOf(deps, name);
  const shown = await pool.snapshots.show?.({ root: root.id, snapshot }, ids);
  if (shown) return shown;
  const { size: _asLarge, ...request } = { ...root, id: shortId(deps.newUuid()) };
  const remove = () => pool.removeRoot(request.id);
  try {
    await pool.copyRoot({ from: root.id, snapshot }, request);
    return { root: await pool.prepareRoot(request, ids), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
