/** Begins an instance that is being launched: as a fork of a template where there is one, else by a boot. */
import { asLodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import type { Beginning, Boot, Fork } from "./beginning.ts";
import type { Templates } from "./templates.ts";

/** How an instance began, for `lodge info`. */
const begunKey = "volatile.begun";

export interface Launch {
  readonly deps: InstanceDependencies;
  readonly runs: Runs;
  readonly templates: Templates;
  readonly request: RootRequest;
}

/** Makes the root: a copy of the template's, or a fresh one. The image is unpacked. Says how it begins after all. */
export async function makeLaunchRoot(
  { deps, templates, request }: Launch,
  { name, pool }: InstanceRecord,
  beginning: Beginning,
): Promise<Beginning> {
  const driver = poolOf(deps, pool);
  let end: Beginning = beginning;
  if (beginning.kind === "fork") {
    const { template, ready } = beginning;
    const { id } = template;
    if (ready) return beginning;
    try {
      // One after the other: each copy puts another layer under the template's own root.
      await deps.lock.run(id, () => driver.copyRoot({ from: id }, request));
      return beginning;
    } catch (err) {
      deps.log.warn({ instance: name, template: id, err }, "a launch boots: the template's disk could not be copied");
      if (isUnusable(err)) templates.discard(template);
      end = { kind: "boot", why: `the template's disk could not be copied: ${asLodgeError(err).message}` };
    }
  }
  await driver.createRoot(request);
  return end;
}

/**
 * Starts what is to be a fork, and says how it begins after all. Nobody sees the instance before it is a machine of its own: a daemon that
 * dies before leaves none. The caller holds the lock.
 */
export async function beginFork(
  launch: Launch,
  record: InstanceRecord,
  beginning: Beginning,
  signal: AbortSignal,
): Promise<Beginning> {
  if (beginning.kind === "boot") return beginning;
  const { deps, runs, templates, request } = launch;
  const { id, name, pool } = record;
  const { template } = beginning;
  try {
    await runs.start(id, signal, { resume: { directory: template.directory, as: "fork" } });
    return beginning;
  } catch (error) {
    signal.throwIfAborted();
    // A boot would be promised no less.
    if (asLodgeError(error).code === "memory_promised") throw error;
    if (beginning.ready) return forkAnew(launch, record, beginning, error, signal);
    const { message } = asLodgeError(error);
    deps.log.warn({ instance: name, template: template.id, err: error }, "a launch boots: it could not be a fork");
    if (isUnusable(error)) templates.discard(template);
    // Nothing of the user's has run.
    await poolOf(deps, pool).replaceRoot(request);
    return { kind: "boot", why: `forking failed: ${message}` };
  }
}

/** As if no machine had stood ready. Nothing of the user's has run in that. */
async function forkAnew(
  launch: Launch,
  record: InstanceRecord,
  { template }: Fork,
  err: unknown,
  signal: AbortSignal,
): Promise<Beginning> {
  const { deps } = launch;
  deps.log.warn({ instance: record.name, template: template.id, err }, "a machine that stood ready did not begin");
  await poolOf(deps, record.pool).removeRoot(record.id);
  const rooted = await makeLaunchRoot(launch, record, { kind: "fork", template });
  return beginFork(launch, record, rooted, signal);
}

/** Whether no other launch could fork from that template either. */
const isUnusable = (error: unknown): boolean => ["state_unusable", "disk_damaged"].includes(asLodgeError(error).code);

/** Boots it; where a template was missing, one is made when the guest is ready. The caller holds the lock. */
export async function boot(
  { runs, templates }: Launch,
  record: InstanceRecord,
  { shape }: Boot,
  signal: AbortSignal,
): Promise<void> {
  if (shape) templates.leave({ record }, shape);
  await runs.start(record.id, signal);
}

export function withBeginning(record: InstanceRecord, beginning: Beginning): InstanceRecord {
  const begun = beginning.kind === "fork" ? "template" : `boot: ${beginning.why}`;
  return { ...record, config: { ...record.config, [begunKey]: begun } };
}
