import type { GovernedInstance, Governor, GovernorLine } from "@lodge/api";
import type { Field } from "./page.ts";
import { formatBytes, formatClock } from "./units.ts";

export const lineHeadings = ["TIME", "INSTANCE", "ACTION", "FROM", "TO", "BECAUSE"];

export function lineRow({ timestamp, instance, action, from, to, reason, observed }: GovernorLine): string[] {
  const amounts = amountless.includes(action) ? ["", ""] : [formatBytes(from), formatBytes(to)];
  return [formatClock(timestamp), instance || "(host)", observed ? `would ${action}` : action, ...amounts, reason];
}

/** What is done to the whole of the host or of an instance. */
const amountless: readonly GovernorLine["action"][] = ["state", "freeze", "thaw"];

/** One line for a person, as they come. */
export function followedLine(line: GovernorLine): string {
  const [time, instance, action, from, to, reason] = lineRow(line);
  if (line.action === "state") return `${time}  ${reason}`;
  if (amountless.includes(line.action)) return `${time}  ${instance} ${action}: because ${reason}`;
  return `${time}  ${instance} ${action}: from ${from} to ${to} because ${reason}`;
}

/** How the host's memory is divided. */
export function governorFields({ mode, state, memory }: Omit<Governor, "instances">): Field[] {
  const { budget, budget_now: now, overcommit, promised, limits, used, reclaimable, pressure } = memory;
  const held = now < budget ? `, ${formatBytes(now)} of it now` : "";
  return [
    ["Governor", `${mode}; memory is ${words[state]} (${state}), pressure ${(pressure * 100).toFixed(1)} %`],
    ["Budget", `${formatBytes(budget)} for all instances${held}`],
    [
      "Promised",
      `${formatBytes(promised)} guaranteed, limits of ${formatBytes(limits)}${overcommit === undefined ? "" : ` (at most ${overcommit} times the budget)`}`,
    ],
    ["In use", `${formatBytes(used)}, of which ${formatBytes(reclaimable)} idle`],
  ];
}

const words = { high: "plenty", soft: "getting scarce", hard: "scarce", low: "very scarce" } as const;

export const governedHeadings = [
  "NAME",
  "TYPE",
  "USED",
  "WORKS WITH",
  "MAY HAVE",
  "GUARANTEED",
  "LIMIT",
  "SHARES",
  "PRESSURE",
];

export function governedRow(one: GovernedInstance): string[] {
  return [
    ...[one.name, one.type, formatBytes(one.used), formatBytes(one.working_set), formatBytes(one.target)],
    ...[one.guarantee === 0 ? "-" : formatBytes(one.guarantee), formatBytes(one.limit), String(one.shares)],
    `${(one.pressure * 100).toFixed(1)} %${one.frozen ? " frozen" : one.waits ? " waits" : ""}`,
  ];
}
