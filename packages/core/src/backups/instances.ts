import { type BackupCreate, type InstanceBackup, LodgeError } from "@lodge/api";
import { type InstanceDependencies, instanceUrl, poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import { type InstanceName, InstanceRecords } from "../instances/records.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import { requirePresent } from "../snapshots/creation.ts";
import type { BackupRecord, InstanceRecord } from "../store.ts";
import { type Frozen, freezeCopy, holdStopped } from "./frozen.ts";
import { renderBackup } from "./render.ts";
import { openSources } from "./sources.ts";
import { asStreams, openStreams } from "./streams.ts";
import type { BackupSubject, Opened } from "./subject.ts";

/** Backups of instances. What is kept is a copied root. */
export function instanceBackups(
  deps: InstanceDependencies,
  runs: Runs,
): BackupSubject<InstanceName, InstanceRecord, BackupRecord, InstanceBackup> {
  const instances = new InstanceRecords(deps.store);
  const opened = (frozen: Frozen, optimized: boolean, end: () => void): Opened =>
    optimized
      ? { of: "container-streams", index: asStreams(frozen.index), sources: openStreams(deps, frozen), end }
      : { of: frozen.root.type, index: frozen.index, sources: openSources(deps, frozen), end };
  /** As in LXD, a form that there is not is not missed. */
  const isOptimized = async ({ type, pool }: InstanceRecord, { optimized_storage }: BackupCreate) =>
    optimized_storage === true && type === "container" && (await poolOf(deps, pool).info()).streams !== undefined;
  return {
    rows: deps.store.backups,
    event: "instance-backup",
    find: ({ project, name }) => instances.get(project, name),
    call: ({ name }) => `Instance "${name}"`,
    url: ({ name }) => instanceUrl(name),
    // LXD's clients look for the name that was chosen behind `/1.0/backups/`, where nothing is; newer ones at the end of any path.
    resources: ({ name }, backup) => ({
      instances: [instanceUrl(name)],
      backups: [`/1.0/backups/${encodeURIComponent(backup)}`],
      instances_backups: [`${instanceUrl(name)}/backups/${encodeURIComponent(backup)}`],
    }),
    show: renderBackup,
    async begin(owner, request, kept) {
      if (request.since) throw incrementNotKept();
      const current = await requirePresent(deps, owner);
      const { pool, type } = current;
      const id = shortId(deps.newUuid());
      const optimized = await isOptimized(current, request);
      return { ...kept, id, instance: owner.id, pool, type, optimized, instanceOnly: isInstanceOnly(request) };
    },
    async keep(owner, row) {
      const { root, snapshots, index, pool } = await freezeCopy(deps, runs, owner, row.id, row);
      const { fingerprint } = root;
      return { ...row, pool, snapshots, index, ...(fingerprint !== undefined && { fingerprint }) };
    },
    drop: ({ id, pool }) => poolOf(deps, pool).removeRoot(id),
    open(owner, row) {
      const { type, fingerprint } = row;
      const root = rootRequest({ ...owner, id: row.id, type, fingerprint: fingerprint ?? "" }, undefined);
      const { fingerprint: _none, ...bare } = root;
      const kept = { ...row, root: fingerprint === undefined ? bare : root, idBlock: owner.idBlock };
      return opened(kept, row.optimized, () => undefined);
    },
    /** A stopped container stays as it is while it is read; everything else goes on. */
    async take(owner, request) {
      const instanceOnly = isInstanceOnly(request);
      const optimized = await isOptimized(owner, request);
      if (owner.type === "container" && !request.since && !runs.isRunning(owner.id)) {
        const held = await holdStopped(deps, runs, owner, { instanceOnly });
        return opened(held, optimized, held.release);
      }
      const id = shortId(deps.newUuid());
      const remove = () => poolOf(deps, owner.pool).removeRoot(id);
      try {
        const increment = request.since ? { since: request.since } : {};
        const frozen = await freezeCopy(deps, runs, owner, id, { instanceOnly, ...increment });
        return opened(frozen, optimized, () => {
          remove().catch((err: unknown) => deps.log.error({ instance: owner.name, err }, "a copy was not removed"));
        });
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

const isInstanceOnly = ({ instance_only, container_only }: BackupCreate): boolean =>
  instance_only === true || container_only === true;

function incrementNotKept(): LodgeError {
  return new LodgeError({
    code: "not_supported",
    message:
      'An increment is not kept here; ask for it as the answer itself (Accept: application/octet-stream), as "lodge export --since" does.',
  });
}
