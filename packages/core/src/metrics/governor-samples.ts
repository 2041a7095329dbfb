import { type Governor, type GovernorAction, governorActions } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { Sample } from "./open-metrics.ts";

/** How often the governor has done what, since the daemon began. */
export type GovernorTally = ReadonlyMap<GovernorAction, number>;

/** Counts by the events that tell of it. */
export function tallyGovernor(events: Pick<EventBus, "subscribe">): GovernorTally {
  const tally = new Map(governorActions.map((action) => [action, 0]));
  events.subscribe(({ type, metadata }) => {
    if (type !== "lifecycle") return;
    const { action: event, context } = metadata as { action?: unknown; context?: { action?: GovernorAction } };
    const action = context?.action;
    if ((event !== "instance-governed" && event !== "governor-changed") || !action) return;
    tally.set(action, (tally.get(action) ?? 0) + 1);
  });
  return tally;
}

const states: readonly Governor["state"][] = ["high", "soft", "hard", "low"];

export function governorSamples({ mode, state, memory }: Omit<Governor, "instances">, tally: GovernorTally): Sample[] {
  const bytes = (name: string, value: number): Sample => ({ name: `lodge_governor_${name}_bytes`, labels: {}, value });
  return [
    { name: "lodge_governor_info", labels: { mode }, value: 1 },
    ...states.map((each) => ({
      ...{ name: "lodge_governor_state", labels: { state: each }, value: each === state ? 1 : 0 },
    })),
    bytes("budget", memory.budget),
    bytes("promised", memory.promised),
    bytes("used", memory.used),
    bytes("reclaimable", memory.reclaimable),
    ...[...tally].map(([action, value]) => ({ name: "lodge_governor_actions_total", labels: { action }, value })),
  ];
}
