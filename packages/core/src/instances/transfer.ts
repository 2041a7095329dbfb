import { LodgeError } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import type { PoolDriver, PreparedRoot, RootRequest } from "../storage/pool.ts";
import type { LiveRoot, SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord } from "../store.ts";
import { type InstanceDependencies, poolOf } from "./dependencies.ts";
import { identityOf, shortId } from "./identity.ts";
import { guestIds, nobodyIds } from "./publish.ts";
import { InstanceRecords } from "./records.ts";
import { rootRequest } from "./root-request.ts";
import { commonStreams, streamRoot } from "./stream-root.ts";

/** A root's way to another pool. */
export interface Transfer {
  readonly from: InstanceRecord;
  /** As it was; missing: as it is now. */
  readonly snapshot?: SnapshotId;
  /** When it runs and goes as it is now. */
  readonly live?: LiveRoot;
  /** Snapshots that come along, the oldest first, and what they are called there. */
  readonly snapshots: readonly { readonly of: SnapshotId; readonly as: SnapshotId }[];
  readonly to: PoolDriver;
  /** The root that is made there. */
  readonly request: RootRequest;
}

/**
 * Makes in one pool what lies in another: the root is filled with each snapshot in turn and kept, and at last with what it is to be.
 * What they have in common is written once. The caller holds the source's lock, and removes the root when this fails.
 */
export async function transferRoot(
  deps: InstanceDependencies,
  { from, snapshot, live, snapshots, to, request }: Transfer,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const streams = await commonStreams(poolOf(deps, from.pool), to, request);
  if (streams) {
    const moment = { ...(snapshot && { snapshot }), ...(live && { live }) };
    return streamRoot(deps, streams, { from, ...moment, snapshots, request }, { report, signal });
  }
  await makeRoot(deps, to, request, signal);
  const fill = (root: PreparedRoot) => to.fillRoot(request, root, signal);
  for (const [index, { of, as }] of snapshots.entries()) {
    signal.throwIfAborted();
    report({ transfer_progress: `Snapshot ${index + 1} of ${snapshots.length}` });
    await withCopy(deps, from, { snapshot: of }, fill);
    await to.snapshots.create({ root: request.id, snapshot: as });
  }
  signal.throwIfAborted();
  report({ transfer_progress: "Root" });
  if (snapshot ?? live) await withCopy(deps, from, { ...(snapshot && { snapshot }), ...(live && { live }) }, fill);
  else await withOwnRoot(deps, from, fill);
}

/** On the image that the source stands on, where it stands on one. */
async function makeRoot(
  { catalog }: InstanceDependencies,
  to: PoolDriver,
  request: RootRequest,
  signal: AbortSignal,
): Promise<void> {
  const { fingerprint } = request;
  if (fingerprint === undefined) return to.createRoot(request);
  await catalog.use(fingerprint, async (image) => {
    await to.unpackImage(image, () => undefined, signal);
    await to.createRoot(request);
  });
}

type Work = (root: PreparedRoot) => Promise<void>;

/** What runs, or is past, is seen through a root of its own, which the next daemon removes if this one dies. */
async function withCopy(
  deps: InstanceDependencies,
  from: InstanceRecord,
  moment: { readonly snapshot?: SnapshotId; readonly live?: LiveRoot },
  work: Work,
): Promise<void> {
  const pool = poolOf(deps, from.pool);
  const request = { ...rootRequest(from, undefined), id: shortId(deps.newUuid()) };
  try {
    await pool.copyRoot({ from: from.id, ...moment }, request);
    await work(await pool.prepareRoot(request, from.type === "container" ? guestIds : nobodyIds));
  } finally {
    await pool.removeRoot(request.id);
  }
}

async function withOwnRoot(deps: InstanceDependencies, from: InstanceRecord, work: Work): Promise<void> {
  const { config } = await new InstanceRecords(deps.store).expand(from);
  const { ids } = identityOf(from, config, deps);
  const pool = poolOf(deps, from.pool);
  try {
    await work(await pool.prepareRoot(rootRequest(from, undefined), from.type === "container" ? guestIds : ids));
  } finally {
    await pool.settleRoot(from.id);
  }
}

/** The memory that an instance or a snapshot keeps lies beside its root, and belongs to its disk as it is. */
export function requireNoState(
  { name, state }: Pick<InstanceRecord, "name" | "state">,
  what: string,
  where: "pool" | "project" | "server" = "pool",
): void {
  if (!state) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `${what} "${name}" holds the memory of a machine, which cannot go to another ${where}; start and stop the instance, or delete the snapshot.`,
  });
}
