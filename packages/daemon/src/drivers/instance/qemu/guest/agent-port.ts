import { setTimeout as delay } from "node:timers/promises";
import type { QmpClient } from "@lodge/qmp";

/** Whether a guest's agent has its port open. It may not answer all the same. */
export async function agentPortOpen(qmp: Pick<QmpClient, "execute">): Promise<boolean> {
  const chardevs = await qmp.execute("query-chardev");
  return chardevs.some((chardev) => chardev.label === "agent" && chardev["frontend-open"]);
}

/** Milliseconds after its start in which a guest may still be starting, and for which its agent is waited for at most. */
const youth = 120_000;
const patience = 20_000;
const interval = 100;

/** A machine that runs. */
export interface StartingGuest {
  readonly qmp: () => Pick<QmpClient, "execute">;
  /** The connection to its sshd, while it stands. */
  readonly client: object | undefined;
  readonly record: { readonly startedAt: string };
}

/**
 * As `agentPortOpen`; in a guest that still starts, and answers by its sshd already, the agent is waited for: on a busy host it begins
 * seconds later.
 */
export async function agentComes(vm: StartingGuest): Promise<boolean> {
  const started = Date.parse(vm.record.startedAt);
  const bound = vm.client ? Math.min(Date.now() + patience, started + youth) : 0;
  while (!(await agentPortOpen(vm.qmp()))) {
    if (Date.now() >= bound) return false;
    await delay(interval);
  }
  return true;
}
