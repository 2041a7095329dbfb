/** Which instances may start, so that what instances were promised can be kept. */
import { LodgeError } from "@lodge/api/errors";
import { sum } from "./allot.ts";
import type { MemoryRights } from "./rights.ts";
import type { GovernorSettings } from "./settings.ts";
import { sizeText } from "./sizes.ts";

export interface Promised extends Pick<MemoryRights, "guarantee" | "most" | "limited"> {
  readonly name: string;
}

/** Whether an instance asks for a promise that it did not have. */
export function asksMore(now: MemoryRights, before: MemoryRights | undefined): boolean {
  if (!before || now.guarantee > before.guarantee) return true;
  return now.limited && (!before.limited || now.most > before.most);
}

/** Throws `memory_promised` with the arithmetic. `others`: those that run. */
export function requireMemory(wanted: Promised, others: readonly Promised[], settings: GovernorSettings): void {
  const problem = guaranteeProblem(wanted, others, settings) ?? limitProblem(wanted, others, settings);
  if (problem) throw new LodgeError({ code: "memory_promised", message: problem });
}

function guaranteeProblem(wanted: Promised, others: readonly Promised[], { budget }: GovernorSettings) {
  const parts = others.map(({ name, guarantee }) => ({ name, bytes: guarantee }));
  const promised = sum(parts.map(({ bytes }) => bytes));
  if (wanted.guarantee === 0 || promised + wanted.guarantee <= budget) return undefined;
  return (
    `Instance "${wanted.name}" needs ${sizeText(wanted.guarantee)} guaranteed; ${sizeText(promised)} of ${sizeText(budget)} ` +
    `are promised${list(parts)}: ${sizeText(budget - promised)} is left. Stop another, lower limits.memory.min, or raise governor.memory.budget.`
  );
}

function limitProblem(wanted: Promised, others: readonly Promised[], { budget, overcommit }: GovernorSettings) {
  if (overcommit === undefined || !wanted.limited) return undefined;
  const parts = others.filter(({ limited }) => limited).map(({ name, most }) => ({ name, bytes: most }));
  const room = budget * overcommit;
  const limits = sum(parts.map(({ bytes }) => bytes));
  if (limits + wanted.most <= room) return undefined;
  return (
    `Instance "${wanted.name}" may have ${sizeText(wanted.most)}; the limits of those that run are ${sizeText(limits)}${list(parts)} of ` +
    `${sizeText(room)} (${overcommit} times the budget of ${sizeText(budget)}): ${sizeText(room - limits)} is left. ` +
    `Stop another, lower limits.memory, or raise governor.memory.overcommit.`
  );
}

/** Names in the message; the largest matter. */
const named = 5;

function list(parts: readonly { readonly name: string; readonly bytes: number }[]): string {
  const large = parts.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.bytes - a.bytes);
  if (large.length === 0) return "";
  const words = large.slice(0, named).map(({ name, bytes }) => `${name} ${sizeText(bytes)}`);
  if (large.length > named) words.push(`${large.length - named} more`);
  return ` (${words.join(", ")})`;
}
