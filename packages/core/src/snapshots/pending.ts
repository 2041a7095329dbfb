import { LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import { InstanceRecords } from "../instances/records.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { PoolDriver, RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";

/** Refuses to use a root that does not belong to its instance's record yet. */
export function requireWhole({ name, pending }: InstanceRecord): void {
  if (!pending) return;
  const [what, again] = pendingWords[pending.kind];
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" was being ${what} when the daemon ended, and finishing that failed (see the daemon's log); ${again} again.`,
  });
}

const pendingWords = {
  restore: ["restored", "restore it from a snapshot"],
  rebuild: ["rebuilt", "rebuild it"],
  fork: ["started for the first time", "rebuild it and start it"],
} as const;

/** A fresh root in the place of one that holds nothing of the user's, or of none. */
export async function renewRoot(pool: PoolDriver, request: RootRequest): Promise<void> {
  await pool.removeRoot(request.id);
  await pool.createRoot(request);
}

/**
 * At daemon start: gives an instance the root that its record speaks of already. What was done of it is done again; what fails leaves
 * the instance unusable until the user does it again, rather than with the root of one time and the configuration of another.
 */
export async function finishPending(deps: InstanceDependencies, record: InstanceRecord): Promise<void> {
  const { pending, ...whole } = record;
  if (!pending) return;
  deps.log.warn({ instance: record.name, pending: pending.kind }, "finishing what was begun with an instance's root");
  try {
    const { devices } = await new InstanceRecords(deps.store).expand(record);
    const request = rootRequest(record, readRootDisk(`instance ${record.name}`, devices).size);
    const pool = poolOf(deps, record.pool);
    await pool.settleRoot(record.id);
    if (pending.kind === "restore") await pool.snapshots.restore(request, pending.snapshot);
    else if (pending.kind === "fork") await renewRoot(pool, request);
    else await pool.replaceRoot(request);
    await deps.store.instances.put(whole);
  } catch (error) {
    deps.log.error({ instance: record.name, err: error }, "an instance's root could not be made what it should be");
  }
}
