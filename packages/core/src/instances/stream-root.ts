/** A root's way to another pool of the same form, as streams. */
import type { OperationContext } from "../operations/operation.ts";
import { passStates } from "../storage/pass-states.ts";
import type { PoolDriver, RootRequest } from "../storage/pool.ts";
import type { LiveRoot } from "../storage/snapshots.ts";
import type { RootState, RootStreams } from "../storage/streams.ts";
import { type InstanceDependencies, poolOf } from "./dependencies.ts";
import type { InstanceId } from "./driver.ts";
import { shortId } from "./identity.ts";
import { rootRequest } from "./root-request.ts";
import type { Transfer } from "./transfer.ts";

export interface CommonStreams {
  readonly from: RootStreams;
  readonly to: RootStreams;
}

/**
 * Undefined where a root is better filled: pools have no form in common, or the root stands on an image, which it then shares in the other
 * pool as well and which as a stream would be sent and stored once more.
 */
export async function commonStreams(
  from: PoolDriver,
  to: PoolDriver,
  { type, fingerprint }: RootRequest,
): Promise<CommonStreams | undefined> {
  if (type !== "container" || fingerprint !== undefined || !from.streams || !to.streams) return undefined;
  const [one, other] = [await from.info(), await to.info()];
  return one.streams !== undefined && one.streams === other.streams
    ? { from: from.streams, to: to.streams }
    : undefined;
}

/** As `transferRoot`. */
export async function streamRoot(
  deps: InstanceDependencies,
  { from: source, to }: CommonStreams,
  { from, snapshot, live, snapshots, request }: Omit<Transfer, "to">,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  await using receiver = to.receive(request);
  const kept = snapshots.map(({ of, as }) => ({ of: { root: from.id, snapshot: of }, as }));
  const last = (pass: (state: RootState) => Promise<void>) =>
    live
      ? withLiveCopy(deps, from, live, (root) => pass({ root }))
      : pass({ root: from.id, ...(snapshot && { snapshot }) });
  await passStates({ from: source, to: receiver, kept, last }, context);
}

/** What runs is seen through a root of its own, which the next daemon removes if this one dies. */
async function withLiveCopy(
  deps: InstanceDependencies,
  from: Transfer["from"],
  live: LiveRoot,
  work: (copy: InstanceId) => Promise<void>,
): Promise<void> {
  const pool = poolOf(deps, from.pool);
  const copy = { ...rootRequest(from, undefined), id: shortId(deps.newUuid()) };
  try {
    await pool.copyRoot({ from: from.id, live }, copy);
    await work(copy.id);
  } finally {
    await pool.removeRoot(copy.id);
  }
}
