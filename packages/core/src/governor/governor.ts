import type { Config, GovernorLine, Governor as GovernorView } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { Admission, InstanceDependencies } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { frozenByGovernor } from "../instances/frozen-note.ts";
import { Lock } from "../instances/lock.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { GovernedInstance } from "../metrics/governed.ts";
import type { GovernorLogRequest, GovernorService } from "../services.ts";
import { asksMore, type Promised, requireMemory } from "./admission.ts";
import { sum } from "./allot.ts";
import { Announcements, moveLine } from "./announcements.ts";
import { type Applied, applyMoves } from "./apply.ts";
import { type Bustle, Cadence, glanceInterval, type HostMemory } from "./cadence.ts";
import type { Claim } from "./claim.ts";
import type { HostState } from "./host-state.ts";
import type { GovernorLog } from "./log.ts";
import { governs, type MeasuredMember, measureMembers, memberOf, runningMembers } from "./members.ts";
import { type Decision, decide, type Move } from "./policy.ts";
import { reasonOf } from "./reasons.ts";
import { type GovernorSettings, governorSettings } from "./settings.ts";
import { percentText, sizeText } from "./sizes.ts";
import { Standstills } from "./standstills.ts";
import { Takings } from "./takings.ts";
import { governorView, renderLine } from "./view.ts";

export interface GovernorDependencies
  extends Pick<InstanceDependencies, "store" | "drivers" | "events" | "lock" | "log" | "host" | "now"> {
  readonly runs: Pick<Runs, "isRunning">;
  readonly config: () => Promise<Config>;
  readonly lines: GovernorLog;
  readonly hostMemory: () => Promise<HostMemory>;
}

/** What the last look at the instances found. */
export interface Picture {
  readonly at: number;
  readonly settings: GovernorSettings;
  /** What of the budget can be had now: others on the host may have taken more than their part. */
  readonly budget: number;
  readonly host: HostMemory;
  readonly state: HostState;
  readonly waiting: ReadonlySet<InstanceId>;
  readonly members: readonly MeasuredMember[];
}

/** Part of the host's memory that is left to it, whatever the budget says. */
const hostPart = 0.05;
/** Bytes by which a target must have changed to be told of: less is the last step to the budget. */
const worthALine = 2 ** 20;
/** What one works with, and waits for, that the governor lets stand still. */
const standing = { workingSet: 0, pressure: 0, refaults: 0 };
/** Looks that are closer say nothing of how fast something grows. */
const leastSeconds = 0.1;

/** Moves memory between the instances that run, to where it is needed. Its rules are in `policy.ts`; this measures and applies. */
export class Governor implements GovernorService, Admission {
  readonly #deps: GovernorDependencies;
  readonly #admitting = new Lock();
  /** Admitted, and not yet among those that run. */
  readonly #reserved = new Map<InstanceId, Promised>();
  readonly #announcements: Announcements;
  readonly #takings: Takings;
  /** What was said in the mode `observe`: once is enough. */
  readonly #said = new Map<InstanceId, Move["kind"]>();
  readonly #standstills: Standstills;
  #state: HostState = "high";
  #waiting: ReadonlySet<InstanceId> = new Set();
  /** What each had in the round before. */
  #used: ReadonlyMap<InstanceId, number> = new Map();
  readonly #cadence = new Cadence();
  #released = false;
  #picture: Picture | undefined;

  constructor(deps: GovernorDependencies) {
    this.#deps = deps;
    this.#announcements = new Announcements(deps);
    this.#takings = new Takings(deps.now);
    this.#standstills = new Standstills({ ...deps, say: (lines) => this.#announcements.say(lines) });
  }

  async admit(instance: ExpandedInstance, before?: ExpandedInstance): Promise<Disposable> {
    return this.#admitting.run(async () => {
      const settings = await this.#settings();
      const { record, rights } = memberOf(this.#deps, instance);
      const had = before && memberOf(this.#deps, before).rights;
      const promised = { name: record.name, ...rights };
      if (settings.mode !== "off" && asksMore(rights, had)) await this.#requireMemory(record, promised, settings);
      this.#reserved.set(record.id, promised);
      return { [Symbol.dispose]: () => void this.#reserved.delete(record.id) };
    });
  }

  async #requireMemory(
    { id, name, project }: ExpandedInstance["record"],
    wanted: Promised,
    settings: GovernorSettings,
  ): Promise<void> {
    const running = await runningMembers(this.#deps, this.#deps.runs.isRunning.bind(this.#deps.runs));
    const others = new Map<InstanceId, Promised>(
      running.map(({ record, rights }) => [record.id, { name: record.name, ...rights }]),
    );
    for (const [other, promised] of this.#reserved) others.set(other, promised);
    others.delete(id);
    try {
      requireMemory(wanted, [...others.values()], settings);
    } catch (error) {
      if (!(error instanceof LodgeError)) throw error;
      const observed = settings.mode !== "on";
      const amounts = { from: 0, to: wanted.guarantee };
      await this.#announcements.say([
        { instance: name, project, action: "refuse", ...amounts, reason: error.message, observed },
      ]);
      if (!observed) throw error;
    }
  }

  /** Looks, and moves what is to be moved. Never throws. */
  async round(): Promise<void> {
    try {
      const settings = await this.#settings();
      if (settings.mode === "on") this.#released = false;
      else await this.#release();
      if (settings.mode === "off") return;
      const host = await this.#deps.hostMemory();
      const at = this.#deps.now().getTime();
      if (!this.#cadence.isDue(at, host, settings.budget)) return;
      const seconds = this.#cadence.begin(at, host);
      const picture = await this.#look(settings);
      const bustle = await this.#govern(picture, seconds);
      this.#cadence.end(bustle, picture.members.length);
    } catch (err) {
      this.#deps.log.error({ err }, "the governor could not look after the instances");
    }
  }

  async view(shows: (project: string) => boolean, oldest = 2000): Promise<GovernorView> {
    const age = this.#picture ? this.#deps.now().getTime() - this.#picture.at : Number.POSITIVE_INFINITY;
    const settings = await this.#settings();
    const picture = age > oldest ? await this.#look(settings) : this.#picture;
    return governorView(picture ?? (await this.#look(settings)), settings, shows);
  }

  /** What the last look found of an instance; nothing where it does not govern. */
  of(id: InstanceId): GovernedInstance {
    const { members, settings } = this.#picture ?? {};
    const member = settings?.mode === "off" ? undefined : members?.find(({ record }) => record.id === id);
    if (!member) return {};
    const { target, workingSet } = member.demand;
    return { target, demand: workingSet, guarantee: member.rights.guarantee };
  }

  /** What it did. */
  log(request: GovernorLogRequest): GovernorLine[] {
    return this.#deps.lines.read(request).map(renderLine);
  }

  async #settings(): Promise<GovernorSettings> {
    return governorSettings(await this.#deps.config(), this.#deps.host.memory);
  }

  /** Unless it is on nobody has a target. Done once, also for those of an earlier daemon. */
  async #release(): Promise<void> {
    if (this.#released) return;
    const { drivers, runs, log } = this.#deps;
    const instances = await this.#deps.store.instances.list();
    void this.#standstills.end(instances.filter(frozenByGovernor).map(({ id }) => id));
    for (const { id, name, type } of instances) {
      const driver = drivers.get(type);
      if (!driver || !governs(driver) || !runs.isRunning(id)) continue;
      await driver
        .releaseMemoryTarget(id)
        .catch((err: unknown) => log.warn({ instance: name, err }, "an instance's memory could not be let go of"));
    }
    this.#released = true;
    this.#state = "high";
    this.#waiting = new Set();
    this.#said.clear();
  }

  async #look(settings: GovernorSettings): Promise<Picture> {
    const { host, now, runs } = this.#deps;
    const memory = await this.#deps.hostMemory();
    const running = await runningMembers(this.#deps, runs.isRunning.bind(runs));
    const members = await measureMembers(this.#deps, running);
    const used = sum(members.map(({ demand }) => demand.used));
    const left = Math.max(0, used + memory.available - host.memory * hostPart);
    const found = { state: this.#state, waiting: this.#waiting };
    this.#picture = {
      at: now().getTime(),
      ...{ settings, budget: Math.min(settings.budget, left), host: memory, members },
      ...found,
    };
    return this.#picture;
  }

  /** `seconds`: since the look before. */
  async #govern(picture: Picture, seconds: number): Promise<Bustle> {
    const { members, settings } = picture;
    const movable = members.filter(({ demand }) => demand.least < demand.most);
    const fixed = sum(members.filter((each) => !movable.includes(each)).map(({ demand }) => demand.used));
    const budget = Math.max(0, picture.budget - fixed);
    const claims = movable.map((member) => this.#claimOf(member, seconds));
    this.#used = new Map(claims.map(({ id, used }) => [id, used]));
    const waited = this.#waiting;
    const decision = decide({ claims, budget, state: this.#state });
    await this.#noteState(decision, claims, budget);
    this.#waiting = decision.waiting;
    this.#picture = { ...picture, state: decision.state, waiting: decision.waiting };
    const moves = decision.moves.filter(({ id, kind }) => kind === "grow" || !this.#takings.isStuck(id));
    const byId = new Map(movable.map((member) => [member.record.id, member]));
    const nameOf = (id: InstanceId) => byId.get(id)?.record.name ?? id;
    const because = (move: Move) => reasonOf(move, { claims, decision, budget, nameOf });
    const observe = settings.mode === "observe";
    const done = observe
      ? await this.#observe(moves, byId, because)
      : await this.#report(
          await applyMoves(moves, { members: byId, claims, budget, log: this.#deps.log, now: this.#deps.now }),
          byId,
          because,
        );
    const scarcity = { members, state: decision.state, budget: picture.budget, observe, seconds };
    await this.#standstills.round({ ...scarcity, taking: done.includes("take") });
    const begun = [...decision.waiting].some((id) => !waited.has(id));
    if (!observe && (done.length > 0 || begun)) return "moving";
    return moves.length > 0 || decision.waiting.size > 0 || decision.state !== "high" ? "scarce" : "calm";
  }

  #claimOf({ record, rights, demand }: MeasuredMember, seconds: number): Claim {
    const { id } = record;
    const { used, target, filled = used, lead = 0 } = demand;
    const { workingSet, pressure, refaults } = frozenByGovernor(record) ? standing : demand;
    const most = Math.min(rights.most, demand.most);
    const least = Math.min(most, Math.max(rights.guarantee, demand.least));
    const waited = this.#waiting.has(id);
    const { guarantee, shares } = rights;
    const grown = Math.max(0, used - (this.#used.get(id) ?? used)) / Math.max(seconds, leastSeconds);
    const rested = this.#takings.restOf(id);
    return {
      ...{ id, used, filled, workingSet, pressure, refaults, target, lead },
      ...{ least, guarantee, most, shares, waited, grown, rested },
    };
  }

  async #noteState({ state }: Decision, claims: readonly Claim[], budget: number): Promise<void> {
    if (state === this.#state) return;
    const used = sum(claims.map((claim) => claim.used));
    const free = percentText(Math.max(0, budget - used) / Math.max(1, budget));
    const reason = `${free} of ${sizeText(budget)} is free: the host's state is ${state}, after ${this.#state}`;
    this.#state = state;
    await this.#announcements.say([
      { instance: "", project: "", action: "state", from: used, to: used, reason, observed: false },
    ]);
  }

  /** Says what it would do, once until that is over. */
  async #observe(
    moves: readonly Move[],
    members: ReadonlyMap<InstanceId, MeasuredMember>,
    because: (move: Move) => string,
  ): Promise<Move["kind"][]> {
    // That somebody may have less than it does not use is no news while nobody waits.
    const told = moves.filter(({ kind }) => kind !== "room" || this.#waiting.size > 0);
    const current = new Map(told.map(({ id, kind }) => [id, kind]));
    const fresh = told.filter(({ id, kind }) => this.#said.get(id) !== kind);
    this.#said.clear();
    for (const [id, kind] of current) this.#said.set(id, kind);
    const lines = fresh.flatMap((move) => {
      const member = members.get(move.id);
      return member ? { ...moveLine(member, move, because(move)), observed: true } : [];
    });
    await this.#announcements.say(lines);
    return moves.map(({ kind }) => kind);
  }

  /** Returns what was done. */
  async #report(
    applied: readonly Applied[],
    members: ReadonlyMap<InstanceId, MeasuredMember>,
    because: (move: Move) => string,
  ): Promise<Move["kind"][]> {
    this.#takings.note(applied);
    const done = applied.filter(({ move, may }) => Math.abs(may - move.from) >= worthALine);
    const lines = done.flatMap(({ move, may, at }) => {
      const member = members.get(move.id);
      return member ? { ...moveLine(member, { ...move, to: may }, because(move)), at, observed: false } : [];
    });
    await this.#announcements.say(lines);
    return done.map(({ move }) => move.kind);
  }
}

/** Governs until the signal is aborted. */
export async function watchGovernor(
  governor: Pick<Governor, "round">,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await governor.round();
    await wait(glanceInterval, signal).catch(() => undefined);
  }
}
