import { setTimeout as delay } from "node:timers/promises";
import type { InstanceState, Operation } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { EventStream, lifecycleOf, operationOf } from "./events.ts";
import type { Rest } from "./rest.ts";
import { isFinal } from "./running-operation.ts";

export const instanceConditions = ["ready", "running", "address", "stopped"] as const;
/** What can be waited for. `ready`: exec is answered. `address`: a global one. */
export type InstanceCondition = (typeof instanceConditions)[number];

export interface WaitForOptions {
  readonly condition: InstanceCondition;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks when no event comes: addresses, for one, have none. */
const recheck = 1000;

/** Waits by the daemon's events; looks again at each, and now and then without. */
export async function waitForState(rest: Rest, name: string, options: WaitForOptions): Promise<InstanceState> {
  const { condition, signal } = options;
  const path = `/1.0/instances/${encodeURIComponent(name)}`;
  const first = await rest.get<InstanceState>(`${path}/state`, {}, signal);
  if (meets(first, condition)) return first;
  const end = new AbortController();
  const ended = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const bell = new Bell();
  try {
    const events = await EventStream.open(rest, { types: ["lifecycle", "operation"], signal: ended });
    const listening = ringOnNews(events, path, bell);
    listening.catch(() => undefined); // It fails while something else is awaited, too; the race below throws it.
    for (;;) {
      const state = await rest.get<InstanceState>(`${path}/state`, {}, signal);
      if (meets(state, condition)) return state;
      if (neverBecomes(state, condition)) await refuseUnlessChanging(rest, name, path, condition);
      await Promise.race([bell.rung(), listening, delay(recheck, undefined, { signal: ended })]);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    end.abort();
  }
}

/** Whether a state is what is waited for. */
export function meets(state: InstanceState, condition: InstanceCondition): boolean {
  switch (condition) {
    case "ready":
      return state.ready;
    case "running":
      return state.status === "Running";
    case "stopped":
      return isOver(state);
    case "address":
      return globalAddresses(state).length > 0;
  }
}

/** The addresses by which others reach the instance, IPv4 first. */
export function globalAddresses(state: InstanceState): { address: string; family: string; nic: string }[] {
  const all = Object.entries(state.network).flatMap(([nic, { addresses }]) =>
    addresses.map((each) => ({ ...each, nic })),
  );
  const global = all.filter(({ scope }) => scope === "global");
  return ["inet", "inet6"].flatMap((family) => global.filter((each) => each.family === family));
}

/** Stopped, or given up: nothing of it runs, and nothing is to come. */
const isOver = ({ status, pid }: InstanceState) => status === "Stopped" || (status === "Error" && pid === 0);

/** A stopped or frozen instance does not get there by itself. */
function neverBecomes(state: InstanceState, condition: InstanceCondition): boolean {
  if (state.status === "Frozen") return condition !== "address";
  return isOver(state) && condition !== "stopped";
}

/** Something may be under way that changes its state; without that, waiting would be in vain. */
async function refuseUnlessChanging(
  rest: Rest,
  name: string,
  path: string,
  condition: InstanceCondition,
): Promise<void> {
  const byStatus = await rest.get<Record<string, Operation[]>>("/1.0/operations", { recursion: 1 });
  const underWay = Object.values(byStatus)
    .flat()
    .some((operation) => !isFinal(operation) && concerns(operation, path) && operation.class === "task");
  if (underWay) return;
  // The operation may have ended between the two looks.
  const state = await rest.get<InstanceState>(`${path}/state`);
  if (!neverBecomes(state, condition) || meets(state, condition)) return;
  throw new LodgeError({ code: "instance_wrong_state", message: `${name} is ${remedyFor(state)} ${name}\`.` });
}

function remedyFor({ status, boot }: InstanceState): string {
  if (status === "Frozen") return "paused; let it go on with `lodge resume";
  return `${status === "Error" ? `not running: ${boot?.why ?? "it failed"}\nStart it` : "stopped; start it"} with \`lodge start`;
}

async function ringOnNews(events: EventStream, path: string, bell: Bell): Promise<void> {
  for await (const event of events) {
    const operation = operationOf(event);
    const lifecycle = lifecycleOf(event);
    if ((operation && concerns(operation, path)) || lifecycle?.source.split("?")[0] === path) bell.ring();
  }
}

function concerns(operation: Operation, path: string): boolean {
  return (operation.resources.instances ?? []).some((each) => each.split("?")[0] === path);
}

/** Remembers that it was rung while nobody waited. */
class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
  }

  async rung(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
  }
}
