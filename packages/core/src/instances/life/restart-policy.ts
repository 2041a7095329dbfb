import type { ExitReport } from "../driver.ts";
import type { RestartSettings } from "./boot-keys.ts";

/** A run that is over. */
export interface EndedRun {
  readonly reason: ExitReport["reason"];
  /** Milliseconds from its start to its end. */
  readonly lasted: number;
}

export type RestartDecision =
  | { readonly kind: "leave" }
  /** `attempt`: counts the restarts in a row, from 1. `delay`: milliseconds to wait before it. */
  | { readonly kind: "restart"; readonly attempt: number; readonly delay: number }
  /** `restarts`: how many in a row have failed. */
  | { readonly kind: "give-up"; readonly restarts: number };

/** Milliseconds after which a run counts as a success: what follows is no longer in a row with what was before. */
export const steadyAfter = 60_000;
const longestDelay = 60_000;

/**
 * What follows on a run that ended without anybody having asked for it. `restarts`: how many restarts in a row led to it.
 * A guest that powers off, or reboots, has ended as it wants to.
 */
export function decideRestart(settings: RestartSettings, run: EndedRun, restarts: number): RestartDecision {
  if (!settings.enabled || run.reason === "shutdown" || run.reason === "reboot") return { kind: "leave" };
  const before = run.lasted >= steadyAfter ? 0 : restarts;
  if (before >= settings.limit) return { kind: "give-up", restarts: before };
  return { kind: "restart", attempt: before + 1, delay: restartDelay(before + 1) };
}

/** Milliseconds: none, 1, 2, 4 … 60 seconds. */
export function restartDelay(attempt: number): number {
  return attempt === 1 ? 0 : Math.min(longestDelay, 1000 * 2 ** (attempt - 2));
}
