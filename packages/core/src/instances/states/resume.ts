import { asLodgeError, LodgeError } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import { type InstanceDependencies, poolOf } from "../dependencies.ts";
import type { Resumption } from "../saved-state.ts";

/** How the next run of an instance begins: from the state that it holds, which counts until the guest runs; undefined: it boots. */
export function resumptionOf(deps: InstanceDependencies, record: InstanceRecord): Resumption | undefined {
  const { id, pool, state } = record;
  if (!state) return undefined;
  return {
    directory: poolOf(deps, pool).states.path({ root: id, state: state.id }),
    as: "same",
    loaded: () => dropState(deps, record),
  };
}

/** The instance names its state no longer; `settleStates` then removes it. The caller holds the lock. */
export async function dropState({ store }: InstanceDependencies, { id }: InstanceRecord): Promise<void> {
  const record = await store.instances.get(id);
  if (!record?.state) return;
  const { state: _dropped, ...rest } = record;
  await store.instances.put(rest);
}

/** What goes wrong with a state says how to go on without it. */
export function asResumeError(name: string, error: unknown): unknown {
  const failure = asLodgeError(error);
  if (failure.code !== "state_unusable") return error;
  return new LodgeError({
    code: "state_unusable",
    message: `${failure.message} Instance "${name}" is stopped and its state is kept; "lodge start ${name} --stateless" boots it without, as after a power cut.`,
    cause: error,
  });
}
