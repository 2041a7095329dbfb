import type { Config, GovernorLine, Governor as GovernorView } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { type Admission, type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { frozenByGovernor } from "../instances/frozen-note.ts";
import { Lock } from "../instances/lock.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { GovernedInstance } from "../metrics/governed.ts";
import type { GovernorLogRequest, GovernorService } from "../services.ts";
import type { GovernorLogRecord } from "../store.ts";
import { asksMore, type Promised, requireMemory } from "./admission.ts";
import { sum } from "./allot.ts";
import { type Applied, applyMoves } from "./apply.ts";
import { calmRounds, type HostMemory, hasMoved } from "./cadence.ts";
import type { Claim } from "./claim.ts";
import type { HostState } from "./host-state.ts";
import type { GovernorLog } from "./log.ts";
import { governs, type MeasuredMember, measureMembers, memberOf, runningMembers } from "./members.ts";
import { type Decision, decide, type Move } from "./policy.ts";
import { reasonOf } from "./reasons.ts";
import { type GovernorSettings, governorSettings } from "./settings.ts";
import { percentText, sizeText } from "./sizes.ts";
import { Standstills } from "./standstills.ts";
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
/** Milliseconds for which nothing is taken from one that gave nothing. */
const stuckFor = 30_000;

/** Moves memory between the instances that run, to where it is needed. Its rules are in `policy.ts`; this measures and applies. */
export class Governor implements GovernorService, Admission {
  readonly #deps: GovernorDependencies;
  readonly #admitting = new Lock();
  /** Admitted, and not yet among those that run. */
  readonly #reserved = new Map<InstanceId, Promised>();
  readonly #stuck = new Map<InstanceId, number>();
  /** What was said in the mode `observe`: once is enough. */
  readonly #said = new Map<InstanceId, Move["kind"]>();
  readonly #standstills: Standstills;
  #state: HostState = "high";
  #waiting: ReadonlySet<InstanceId> = new Set();
  /** What each had in the round before. */
  #used: ReadonlyMap<InstanceId, number> = new Map();
  #calm = 0;
  #seen: HostMemory | undefined;
  #released = false;
  #picture: Picture | undefined;

  constructor(deps: GovernorDependencies) {
    this.#deps = deps;
    this.#standstills = new Standstills({ ...deps, say: (lines) => this.#say(lines) });
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
      await this.#say([{ instance: name, project, action: "refuse", ...amounts, reason: error.message, observed }]);
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
      if (!(await this.#isWorthALook(settings))) return;
      const picture = await this.#look(settings);
      await this.#govern(picture);
    } catch (err) {
      this.#deps.log.error({ err }, "the governor could not look after the instances");
    }
  }

  /** What it knows, at most two seconds old. */
  async view(shows: (project: string) => boolean): Promise<GovernorView> {
    const age = this.#picture ? this.#deps.now().getTime() - this.#picture.at : Number.POSITIVE_INFINITY;
    const settings = await this.#settings();
    const picture = age > 2000 ? await this.#look(settings) : this.#picture;
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

  async #isWorthALook({ budget }: GovernorSettings): Promise<boolean> {
    const host = await this.#deps.hostMemory();
    if (hasMoved(this.#seen, host, budget)) this.#calm = 0;
    const look = this.#calm % calmRounds(this.#picture?.members.length ?? 0) === 0;
    this.#calm++;
    if (look) this.#seen = host;
    return look;
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

  async #govern(picture: Picture): Promise<void> {
    const { members, settings } = picture;
    const movable = members.filter(({ demand }) => demand.least < demand.most);
    const fixed = sum(members.filter((each) => !movable.includes(each)).map(({ demand }) => demand.used));
    const budget = Math.max(0, picture.budget - fixed);
    const claims = movable.map((member) => this.#claimOf(member));
    this.#used = new Map(claims.map(({ id, used }) => [id, used]));
    const decision = decide({ claims, budget, state: this.#state });
    await this.#noteState(decision, claims, budget);
    this.#waiting = decision.waiting;
    this.#picture = { ...picture, state: decision.state, waiting: decision.waiting };
    const moves = decision.moves.filter((move) => !this.#isStuck(move));
    if (moves.length > 0 || decision.waiting.size > 0 || decision.state !== "high") this.#calm = 0;
    const byId = new Map(movable.map((member) => [member.record.id, member]));
    const nameOf = (id: InstanceId) => byId.get(id)?.record.name ?? id;
    const because = (move: Move) => reasonOf(move, { claims, decision, budget, nameOf });
    const observe = settings.mode === "observe";
    const done = observe
      ? await this.#observe(moves, byId, because)
      : await this.#report(
          await applyMoves(moves, { members: byId, claims, budget, log: this.#deps.log }),
          byId,
          because,
        );
    const scarcity = { members, state: decision.state, budget: picture.budget, observe };
    await this.#standstills.round({ ...scarcity, taking: done.includes("take") });
  }

  #claimOf({ record, rights, demand }: MeasuredMember): Claim {
    const { id } = record;
    const { used, target } = demand;
    const { workingSet, pressure, refaults } = frozenByGovernor(record) ? standing : demand;
    const most = Math.min(rights.most, demand.most);
    const least = Math.min(most, Math.max(rights.guarantee, demand.least));
    const waited = this.#waiting.has(id);
    const { guarantee, shares } = rights;
    const grown = Math.max(0, used - (this.#used.get(id) ?? used));
    return { id, used, workingSet, pressure, refaults, target, least, guarantee, most, shares, waited, grown };
  }

  async #noteState({ state }: Decision, claims: readonly Claim[], budget: number): Promise<void> {
    if (state === this.#state) return;
    const used = sum(claims.map((claim) => claim.used));
    const free = percentText(Math.max(0, budget - used) / Math.max(1, budget));
    const reason = `${free} of ${sizeText(budget)} is free: the host's state is ${state}, after ${this.#state}`;
    this.#state = state;
    await this.#say([{ instance: "", project: "", action: "state", from: used, to: used, reason, observed: false }]);
  }

  #isStuck({ id, kind }: Move): boolean {
    return kind !== "grow" && (this.#stuck.get(id) ?? 0) > this.#deps.now().getTime();
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
    await this.#say(fresh.flatMap((move) => lineOf(members.get(move.id), move, move.to, because(move), true)));
    return moves.map(({ kind }) => kind);
  }

  /** Returns what was done. */
  async #report(
    applied: readonly Applied[],
    members: ReadonlyMap<InstanceId, MeasuredMember>,
    because: (move: Move) => string,
  ): Promise<Move["kind"][]> {
    for (const { move, may } of applied) {
      if (move.kind === "take" && may >= move.from) this.#stuck.set(move.id, this.#deps.now().getTime() + stuckFor);
    }
    const done = applied.filter(({ move, may }) => Math.abs(may - move.from) >= worthALine);
    await this.#say(done.flatMap(({ move, may }) => lineOf(members.get(move.id), move, may, because(move), false)));
    return done.map(({ move }) => move.kind);
  }

  async #say(lines: readonly Omit<GovernorLogRecord, "id" | "at" | "resource">[]): Promise<void> {
    const { events, log, lines: kept, now } = this.#deps;
    const at = now();
    const added = await kept.add(lines.map((line) => ({ at, resource: "memory" as const, ...line })));
    for (const line of added) {
      const { timestamp: _, resource: __, ...shown } = renderLine(line);
      log.info(shown, "governor");
      if (line.instance)
        events.lifecycle("instance-governed", instanceUrl(line.instance), { ...renderLine(line) }, line.project);
      else events.lifecycle("governor-changed", "/1.0/governor", { ...renderLine(line) }, "");
    }
  }
}

function lineOf(
  member: MeasuredMember | undefined,
  { kind, from }: Move,
  to: number,
  reason: string,
  observed: boolean,
): Omit<GovernorLogRecord, "id" | "at" | "resource">[] {
  if (!member) return [];
  const { name, project } = member.record;
  return [{ instance: name, project, action: kind, from, to, reason, observed }];
}

/** Milliseconds between rounds. */
const interval = 1000;

/** Governs until the signal is aborted. */
export async function watchGovernor(
  governor: Pick<Governor, "round">,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await governor.round();
    await wait(interval, signal).catch(() => undefined);
  }
}
