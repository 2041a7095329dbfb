/** Why a target is changed, in words that follow "because". */
import type { InstanceId } from "../instances/driver.ts";
import { type Claim, idle } from "./claim.ts";
import type { Decision, Move } from "./policy.ts";
import { percentText, sizeText } from "./sizes.ts";

interface Named {
  readonly claims: readonly Claim[];
  readonly decision: Decision;
  readonly budget: number;
  readonly nameOf: (id: InstanceId) => string;
}

export function reasonOf(move: Move, { claims, decision, budget, nameOf }: Named): string {
  const claim = claims.find(({ id }) => id === move.id);
  if (!claim) return "";
  if (move.kind === "grow") return growth(claim, decision);
  const needy = claims.filter(({ id }) => decision.waiting.has(id) && id !== move.id);
  const spare = move.kind === "take" ? `${name(claim)} has ${idleWords(claim)}` : `${name(claim)} does not use it`;
  if (needy.length > 0) return `${waiting(needy)} and ${spare}`;
  const free = budget - claims.reduce((total, { used }) => total + used, 0);
  const share = `${percentText(Math.max(0, free) / budget)} of the budget of ${sizeText(budget)} is free (${decision.state})`;
  return move.kind === "take"
    ? `only ${share} and ${spare}`
    : `others may need it: what all may have is to fit ${sizeText(budget)}`;

  function name({ id }: Claim): string {
    return nameOf(id);
  }
  function waiting([first, ...others]: readonly Claim[]): string {
    if (!first) return "";
    const who = others.length === 0 ? name(first) : `${name(first)} and ${others.length} more`;
    return `${who} ${others.length === 0 ? "waits" : "wait"} for memory (${symptom(first)})`;
  }
}

function growth(claim: Claim, { waiting }: Decision): string {
  if (claim.target < claim.guarantee) return `${sizeText(claim.guarantee)} are guaranteed`;
  if (waiting.has(claim.id)) return `it waits for memory (${symptom(claim)})`;
  if (claim.target < claim.least) return `it has ${sizeText(claim.used)}, of which little can be taken`;
  return `it uses ${sizeText(claim.filled)} of it`;
}

function symptom({ pressure, refaults }: Claim): string {
  return pressure >= 0.01 ? `pressure ${percentText(pressure)}` : `${Math.round(refaults)} pages a second come back`;
}

function idleWords(claim: Claim): string {
  const bytes = idle(claim);
  return bytes > 2 ** 20 ? `${sizeText(bytes)} idle` : "more than its shares are worth";
}
