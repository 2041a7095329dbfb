import type { Config } from "@lodge/api";
import { isKeptFromStarting } from "../protection.ts";
import { autostartSettings, hostShutdownSettings } from "./boot-keys.ts";
import { isSessionBound } from "./session-bound.ts";

/** An instance as these orders see it. */
export interface Ordered {
  readonly name: string;
  /** Expanded. */
  readonly config: Config;
}

/** Instances that are started together, and how long to wait then. */
export interface StartStage<Instance> {
  readonly instances: readonly Instance[];
  /** Seconds before the next stage. */
  readonly delay: number;
}

/** Whether a boot of the host starts an instance. `ran`: it ran when the host went down. */
export function startsWithHost(config: Config, ran: boolean): boolean {
  const { when } = autostartSettings(config);
  if (isKeptFromStarting(config) || isSessionBound(config)) return false;
  return when === "always" || (when === "last-state" && ran);
}

/** The highest priority first, then by name. A stage ends where the priority changes or an instance wants a pause after it. */
export function startStages<Instance extends Ordered>(instances: readonly Instance[]): StartStage<Instance>[] {
  const stages: StartStage<Instance>[] = [];
  let together: Instance[] = [];
  const ordered = byPriority(instances, ({ config }) => autostartSettings(config).priority);
  for (const [index, instance] of ordered.entries()) {
    together.push(instance);
    const { priority, delay } = autostartSettings(instance.config);
    const next = ordered[index + 1];
    if (next && delay === 0 && autostartSettings(next.config).priority === priority) continue;
    stages.push({ instances: together, delay: next ? delay : 0 });
    together = [];
  }
  return stages;
}

/** Those that are shut down together, in their order: the highest priority first. */
export function shutdownBatches<Instance extends Ordered>(instances: readonly Instance[]): Instance[][] {
  const priorityOf = ({ config }: Ordered) => hostShutdownSettings(config).priority;
  const batches = Map.groupBy(byPriority(instances, priorityOf), priorityOf);
  return [...batches.values()];
}

function byPriority<Instance extends Ordered>(
  instances: readonly Instance[],
  priorityOf: (instance: Instance) => number,
): Instance[] {
  return [...instances].sort((a, b) => priorityOf(b) - priorityOf(a) || (a.name < b.name ? -1 : 1));
}
