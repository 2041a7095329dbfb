import type { Instance } from "@lodge/api";
import type { Field } from "./page.ts";
import { formatDuration, formatTime } from "./units.ts";

/** RFC 3339 of the end of an instance's time; undefined when there is none. */
export function deadline({ config, expanded_config: inForce }: Instance): string | undefined {
  return inForce["ttl"] ? config["volatile.ttl.deadline"] : undefined;
}

export function lifetimeField(instance: Instance, now: Date): Field {
  const end = deadline(instance);
  if (end === undefined) return ["Lifetime", ""];
  const left = (Date.parse(end) - now.getTime()) / 1000;
  const when = left > 0 ? `in ${formatDuration(left)}` : "over";
  return ["Lifetime", `${instance.expanded_config["ttl"]}, until ${formatTime(end)} (${when})`];
}
