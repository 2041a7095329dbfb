import { LodgeError } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";
import type { InstanceRecord } from "../store.ts";
import { type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { hasTemplates } from "./metadata/content.ts";
import { withRename } from "./metadata/trigger.ts";
import { checkInstanceName } from "./names.ts";
import type { Runs } from "./runs.ts";

/**
 * Gives a stopped instance another name. All that belongs to it goes by its id, so its row is all that changes; DNS and the
 * guest's host name follow at its next start.
 */
export async function renameInstance(
  deps: InstanceDependencies,
  runs: Runs,
  { id, name, project }: InstanceRecord,
  newName: string,
): Promise<RunningOperation> {
  checkInstanceName(newName, await takenNames(deps, project));
  requireStopped(name, runs.isRunning(id));
  return deps.operations.begin(
    { description: "Renaming instance", resources: { instances: [instanceUrl(name)] }, project, cancellable: false },
    () =>
      deps.lock.run(id, async () => {
        requireStopped(name, runs.isRunning(id));
        await deps.choosing.run(async () => {
          const record = await deps.store.instances.get(id);
          if (!record) throw gone(name);
          checkInstanceName(newName, await takenNames(deps, project));
          const renamed = { ...record, name: newName };
          await deps.store.instances.put((await hasTemplates(deps.store, record)) ? withRename(renamed) : renamed);
        });
        deps.events.lifecycle("instance-renamed", instanceUrl(newName), { old_name: name }, project);
        return undefined;
      }),
  );
}

export async function takenNames({ store }: InstanceDependencies, project: string): Promise<Set<string>> {
  return new Set((await store.instances.list()).filter((r) => r.project === project).map((r) => r.name));
}

function requireStopped(name: string, running: boolean): void {
  if (!running) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is running; stop it before it gets another name ("lodge stop ${name}").`,
  });
}

const gone = (name: string) =>
  new LodgeError({ code: "instance_not_found", message: `Instance "${name}" does not exist any more.` });
