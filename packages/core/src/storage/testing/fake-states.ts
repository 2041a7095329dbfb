import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "../../instances/driver.ts";
import type { RootStates, StateId, StateOf } from "../states.ts";

/** The states of a fake pool: paths without anything behind them. */
export class FakeStates implements RootStates {
  readonly kept = new Map<InstanceId, Set<StateId>>();
  /** Free bytes. */
  room: number;

  constructor(room: number) {
    this.room = room;
  }

  async create(of: StateOf, bytes: number): Promise<string> {
    if (this.kept.get(of.root)?.has(of.state)) throw new Error("there is such a state already");
    if (bytes >= this.room) throw new LodgeError({ code: "pool_full", message: "The fake pool has no room left." });
    this.kept.set(of.root, new Set(this.kept.get(of.root)).add(of.state));
    return this.path(of);
  }

  path({ root, state }: StateOf): string {
    return `/fake/${root}/states/${state}`;
  }

  async retain(root: InstanceId, states: readonly StateId[]): Promise<void> {
    const kept = new Set([...(this.kept.get(root) ?? [])].filter((state) => states.includes(state)));
    if (kept.size === 0) this.kept.delete(root);
    else this.kept.set(root, kept);
  }
}
