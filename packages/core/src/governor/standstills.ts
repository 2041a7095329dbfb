import { driverOf } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { frozenByGovernor } from "../instances/frozen-note.ts";
import type { Log } from "../log.ts";
import { sum } from "./allot.ts";
import type { Said } from "./announcements.ts";
import { ForAWhile } from "./for-a-while.ts";
import { Freezer, type FreezerDependencies } from "./freezer.ts";
import type { HostState } from "./host-state.ts";
import { lastResort, noStrain, type Standing } from "./last-resort.ts";
import type { MeasuredMember } from "./members.ts";
import { percentText, sizeText } from "./sizes.ts";

export interface StandstillDependencies extends FreezerDependencies {
  readonly log: Log;
  readonly say: (lines: readonly Said[]) => Promise<void>;
}

export interface Scarcity {
  readonly members: readonly MeasuredMember[];
  readonly state: HostState;
  /** Bytes for all of them. */
  readonly budget: number;
  /** Something is being taken from somebody. */
  readonly taking: boolean;
  /** It is only said what would be done. */
  readonly observe: boolean;
  /** Since the round before. */
  readonly seconds: number;
}

/** Milliseconds for which an instance is left alone that the user let go on, or that could not be frozen. */
const sparedFor = 300_000;

/** Who stands still because there is no memory left: decided by `lastResort`, done by a `Freezer`. */
export class Standstills {
  readonly #deps: StandstillDependencies;
  readonly #freezer: Freezer;
  readonly #spared: ForAWhile<InstanceId>;
  #strain = noStrain;
  /** What each had in the round before. */
  #used: ReadonlyMap<InstanceId, number> = new Map();
  #frozen: ReadonlySet<InstanceId> = new Set();
  /** Said in the mode `observe`. */
  #said: InstanceId | undefined;
  /** Waits for its turn with an instance, which others may hold for long: no round waits for that. */
  #acting = false;

  constructor(deps: StandstillDependencies) {
    this.#deps = deps;
    this.#freezer = new Freezer(deps);
    this.#spared = new ForAWhile(sparedFor, deps.now);
  }

  /** Looks whether somebody has to stand still, or may go on. */
  async round(scarcity: Scarcity): Promise<void> {
    const { members, state, budget, taking, seconds } = scarcity;
    if (this.#acting) return;
    await this.#settle(members);
    const instances = members.map((member) => this.#standingOf(member));
    this.#used = new Map(instances.map(({ id, used }) => [id, used]));
    const used = sum(instances.map((each) => each.used));
    const { strain, act } = lastResort({ instances, state, free: budget - used, taking, seconds }, this.#strain);
    this.#strain = strain;
    if (state === "high") this.#said = undefined;
    const member = act && members.find(({ record }) => record.id === act.id);
    if (!member) return;
    const reason =
      act.kind === "freeze"
        ? `${sizeText(used)} of ${sizeText(budget)} are in use, nothing can be taken, and it has the fewest shares (${member.rights.shares}) of those that hold more than they are guaranteed`
        : `${percentText((budget - used) / Math.max(1, budget))} of the budget of ${sizeText(budget)} is free`;
    this.#act(act.kind, member, reason, scarcity.observe);
  }

  /** All go on: the governor does not govern any more. */
  async end(ids: readonly InstanceId[]): Promise<void> {
    this.#strain = noStrain;
    this.#frozen = new Set();
    await Promise.all(ids.map((id) => this.#freezer.thaw(id)));
  }

  /** Notes of what is not so are taken away: a daemon died, or the user had another will. */
  async #settle(members: readonly MeasuredMember[]): Promise<void> {
    const noted = members.filter(({ record }) => frozenByGovernor(record)).map(({ record }) => record);
    const now = new Set(noted.map(({ id }) => id));
    for (const { record } of members)
      if (this.#frozen.has(record.id) && !now.has(record.id)) this.#spared.add(record.id);
    this.#frozen = now;
    for (const { id, type } of noted) {
      if ((await driverOf(this.#deps, type).observe(id)).status !== "Frozen") void this.#thaw(id);
    }
  }

  #standingOf({ record, rights, demand }: MeasuredMember): Standing {
    const { id } = record;
    const { guarantee, shares } = rights;
    const grown = Math.max(0, demand.used - (this.#used.get(id) ?? demand.used));
    const spared = this.#spared.has(id);
    return { id, used: demand.used, guarantee, shares, grown, frozen: frozenByGovernor(record), spared };
  }

  #act(action: "freeze" | "thaw", { record, demand }: MeasuredMember, reason: string, observed: boolean): void {
    const { id, name: instance, project } = record;
    const line = { instance, project, action, from: demand.used, to: demand.used, reason, observed };
    if (observed) {
      if (action === "thaw" || this.#said === id) return;
      this.#said = id;
      void this.#deps.say([line]);
      return;
    }
    this.#acting = true;
    void this.#change(action, id, line).finally(() => (this.#acting = false));
  }

  async #change(action: "freeze" | "thaw", id: InstanceId, line: Said): Promise<void> {
    if (action === "freeze") this.#spared.add(id);
    const done = action === "freeze" ? await this.#freeze(id) : await this.#thaw(id);
    if (action === "freeze" && done) this.#spared.delete(id);
    if (done) await this.#deps.say([line]);
  }

  async #freeze(id: InstanceId): Promise<boolean> {
    try {
      return await this.#freezer.freeze(id);
    } catch (err) {
      this.#deps.log.warn({ id, err }, "an instance could not be frozen");
      return false;
    }
  }

  async #thaw(id: InstanceId): Promise<boolean> {
    this.#frozen = new Set([...this.#frozen].filter((each) => each !== id));
    try {
      return await this.#freezer.thaw(id);
    } catch (err) {
      this.#deps.log.warn({ id, err }, "an instance that the governor froze could not be let go on");
      return false;
    }
  }
}
