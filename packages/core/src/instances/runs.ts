import { asLodgeError, LodgeError, type Requestor } from "@lodge/api";
import type { InstanceRecord } from "../store.ts";
import { driverOf, type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import type { ExitReport, InstanceId } from "./driver.ts";
import { isFresh, withoutFresh } from "./fresh.ts";
import { withoutFrozenNote } from "./frozen-note.ts";
import { DueStarts } from "./life/due-starts.ts";
import { requireTimeLeft } from "./life/lifetime.ts";
import { mayStart, withoutProblem, withProblem } from "./life/problem.ts";
import { toRestart, withoutRestart } from "./life/restarting.ts";
import { type RestartCount, Restarts } from "./life/restarts.ts";
import { withoutTrigger } from "./metadata/trigger.ts";
import { requireStartable } from "./protection.ts";
import { InstanceRecords } from "./records.ts";
import { clearRun, makeRun } from "./run-parts.ts";
import type { Resumption } from "./saved-state.ts";
import { asResumeError, dropState, resumptionOf } from "./states/resume.ts";
import { settleStates } from "./states/settle.ts";

/**
 * What the end of a run means when somebody asked for it: the user wants the instance stopped, or started again at once, or the
 * host goes down and it comes back with the host. An ephemeral instance is deleted only when it was to be stopped.
 */
export type Fate = "stop" | "restart" | "host";

interface Run {
  readonly ended: PromiseWithResolvers<ExitReport>;
  fate: Fate | undefined;
  /** Nothing of it runs yet. */
  beginning: boolean;
  /** How many wait for its end. */
  asks: number;
  /** On whose behalf it is being ended. */
  asker?: Requestor | undefined;
}

export interface StopOptions {
  readonly force: boolean;
  /** Seconds that the guest has to power off. */
  readonly timeout: number;
  /** Default: stop. */
  readonly fate?: Fate;
  /** Ends the run instead of asking the guest or killing it; under the lock. */
  readonly end?: () => Promise<void>;
}

export interface StartOptions {
  /** Boots where there is a kept state, which is given up. */
  readonly stateless?: boolean;
  /** Begins as a fork. */
  readonly resume?: Resumption;
  /** It ran and is brought back: whatever was promised to others meanwhile, it comes. */
  readonly again?: boolean;
}

/**
 * The runs of instances: begins them, notices their end, and clears up after them. All that changes an instance happens
 * under its lock; the end of a run is announced by its driver and waits for the lock like everything else.
 */
export class Runs {
  readonly #deps: InstanceDependencies;
  readonly #records: InstanceRecords;
  readonly #runs = new Map<InstanceId, Run>();
  readonly #rebooting = new Set<InstanceId>();
  readonly #restarts: Restarts;
  /** Starts that come by themselves. */
  readonly due = new DueStarts();
  #held = false;
  #closed = false;
  readonly #recovered = Promise.withResolvers<void>();
  /** Called under the lock when an ephemeral instance has ended. */
  readonly #discard: (id: InstanceId) => Promise<void>;

  constructor(deps: InstanceDependencies, discard: (id: InstanceId) => Promise<void>) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
    this.#discard = discard;
    this.#restarts = new Restarts(deps, this.due, {
      start: (id) => this.#begin(id, new AbortController().signal, { again: true }),
      settle: (record, report) => this.#settle(record, report, undefined),
    });
  }

  /** Ends that drivers report before this are kept until then: recovery works on a still picture. */
  recovered(): void {
    this.#recovered.resolve();
  }

  isRunning(id: InstanceId): boolean {
    return this.#runs.has(id);
  }

  /** Being started, or to be started without anybody asking for it. */
  isStarting(id: InstanceId): boolean {
    return this.#runs.get(id)?.beginning === true || this.due.get(id) !== undefined;
  }

  /** Between two runs because the guest asked for it: to the user it has never stopped. */
  isRebooting(id: InstanceId): boolean {
    return this.#rebooting.has(id);
  }

  /** What `boot.autorestart` did, while the user has not begun anew. */
  restarts(id: InstanceId): RestartCount | undefined {
    return this.#restarts.count(id);
  }

  /** Records a run of an earlier daemon. `fate`: what it means if it is over. */
  adopt(id: InstanceId, fate?: Fate): void {
    const run = this.#runs.get(id);
    if (run) run.fate = fate;
    else this.#runs.set(id, { ended: Promise.withResolvers(), fate, beginning: false, asks: 0 });
  }

  /** Resolves when a run that is over and is to be followed by another has been cleared up, if there was one. */
  async gone(id: InstanceId): Promise<void> {
    const run = this.#runs.get(id);
    if (run?.fate === "host" || run?.fate === "restart") await run.ended.promise;
  }

  /** From now on nothing is started, and what ends has ended with the host. */
  hold(): void {
    this.#held = true;
    this.due.cancelAll();
  }

  /** The daemon ends: what instances do from now on is the next one's to settle. */
  close(): void {
    this.#closed = true;
    this.hold();
  }

  /** Begins a run because somebody wants it. The caller holds the lock. What was made is unmade when a step fails. */
  async start(id: InstanceId, signal: AbortSignal, options: StartOptions = {}): Promise<void> {
    this.forget(id);
    await this.#begin(id, signal, options);
  }

  /**
   * Begins the run that follows on one that was stopped with the fate "restart". What cannot be started again is stopped; with the host
   * going down it comes back with that.
   */
  async startAgain(id: InstanceId, signal: AbortSignal): Promise<void> {
    await this.#deps.lock.run(id, async () => {
      const { name, restarting } = await this.#require(id);
      if (!restarting) {
        const message = `Instance "${name}" was stopped or started by somebody else while it was being restarted.`;
        throw new LodgeError({ code: "instance_wrong_state", message });
      }
      try {
        await this.start(id, signal, { again: true });
      } catch (error) {
        const record = await this.#deps.store.instances.get(id);
        if (record && asLodgeError(error).code !== "host_shutting_down")
          await this.#deps.store.instances.put({ ...withoutRestart(record), wanted: false });
        throw error;
      }
    });
  }

  /** Takes back the starts that were to come, and the count of those that failed. The caller holds the lock. */
  forget(id: InstanceId): void {
    this.due.cancel(id);
    this.#restarts.forget(id);
  }

  /** Settles an instance as stopped that does not run and was to be started. The caller holds the lock. */
  async abandon(id: InstanceId): Promise<void> {
    this.forget(id);
    const record = await this.#require(id);
    if (!mayStart(record)) return;
    await this.#settle(record, { reason: "killed", detail: "It was to be started, and was stopped before." }, "stop");
  }

  /** Keeps why an instance that should run does not. The caller holds the lock. */
  async noteProblem(id: InstanceId, detail: string): Promise<void> {
    const record = await this.#require(id);
    await this.#deps.store.instances.put(withProblem(record, detail));
    const context = { reason: "failed", detail };
    this.#deps.events.lifecycle("instance-stopped", instanceUrl(record.name), context, record.project);
  }

  async #begin(id: InstanceId, signal: AbortSignal, options: StartOptions = {}): Promise<void> {
    const { stateless = false, resume, again = false } = options;
    const { store, events, now, admission } = this.#deps;
    if (this.#held) {
      throw new LodgeError({
        code: "host_shutting_down",
        message: "The instances were shut down with the host; restart the daemon to start them again.",
      });
    }
    const instance = await this.#records.expand(await this.#require(id));
    const { record } = instance;
    if (this.#runs.has(id)) {
      throw new LodgeError({ code: "instance_wrong_state", message: `Instance "${record.name}" is already running.` });
    }
    requireStartable(record.name, instance.config);
    requireTimeLeft(record.name, instance.config, now());
    const run: Run = { ended: Promise.withResolvers(), fate: undefined, beginning: true, asks: 0 };
    using _admitted = again ? undefined : await admission?.admit(instance);
    this.#runs.set(id, run);
    try {
      if (stateless) await dropState(this.#deps, record);
      const resumption = stateless ? undefined : (resume ?? resumptionOf(this.#deps, record));
      // From here on its root is not what its image is.
      if (!resumption && isFresh(record)) await store.instances.put(withoutFresh(record));
      await makeRun(this.#deps, instance, signal, resumption && { resume: resumption });
      run.beginning = false;
    } catch (error) {
      this.#runs.delete(id);
      await clearRun(this.#deps, record);
      if (record.state) await settleStates(this.#deps, id);
      throw record.state ? asResumeError(record.name, error) : error;
    }
    await store.instances.put({ ...asBegun(await this.#require(id)), wanted: true, lastUsedAt: now() });
    if (record.state) await settleStates(this.#deps, id);
    events.lifecycle("instance-started", instanceUrl(record.name), {}, record.project);
  }

  /**
   * Asks the guest to power off (or ends it at once) and resolves when the run has been cleared up. Takes the lock only to
   * ask, so that a forced stop can overtake a patient one. With the fate "restart" the caller then calls `startAgain`.
   */
  async stop(id: InstanceId, options: StopOptions): Promise<void> {
    const record = await this.#require(id);
    const run = this.#runs.get(id);
    if (!run) {
      throw new LodgeError({
        code: "instance_wrong_state",
        message: `Instance "${record.name}" is not running; "lodge start ${record.name}" starts it.`,
      });
    }
    run.fate = options.fate ?? "stop";
    run.asker = this.#deps.events.requestor;
    run.asks++;
    const driver = driverOf(this.#deps, record.type);
    try {
      await this.#deps.lock.run(id, async () => {
        if (this.#runs.get(id) !== run) return;
        if (options.fate === "restart") await this.#note(id, toRestart);
        if (options.end) return options.end();
        if (options.force) return driver.kill(id);
        // A paused guest hears nothing.
        if ((await driver.observe(id)).status === "Frozen") await driver.resume(id);
        await driver.shutdown(id);
      });
      await waitForEnd(run, record.name, options);
    } catch (error) {
      // Unless another still wants it ended.
      if (run.asks === 1) Object.assign(run, { fate: undefined, asker: undefined });
      if (options.fate === "restart") await this.#deps.lock.run(id, () => this.#note(id, withoutRestart));
      throw error;
    } finally {
      run.asks--;
    }
  }

  /** A driver says that a run has ended. Never throws: there is nobody to catch it. */
  async exited(id: InstanceId, report: ExitReport): Promise<void> {
    const run = this.#runs.get(id);
    // Who waits for the end may give up while things are cleared up: it has come in time all the same.
    const fate = run && this.#fateOf(run, report);
    try {
      await this.#recovered.promise;
      if (this.#closed) return;
      await this.#deps.events.askedBy(run?.asker, () => this.#clearUp(id, run, report, fate));
    } catch (error) {
      this.#deps.log.error({ instance: id, err: error }, "clearing up after a run failed");
    } finally {
      run?.ended.resolve(report);
    }
  }

  #clearUp(id: InstanceId, run: Run | undefined, report: ExitReport, fate: Fate | undefined): Promise<void> {
    return this.#deps.lock.run(id, async () => {
      const current = this.#runs.get(id);
      if (run && current === run) return this.#end(id, run, report, fate);
      // A start that the last daemon did not live to finish: nobody waits for its end, but it left things on the host.
      const record = current ? undefined : await this.#deps.store.instances.get(id);
      if (record) await clearRun(this.#deps, record);
    });
  }

  async #end(id: InstanceId, run: Run, report: ExitReport, fate: Fate | undefined): Promise<void> {
    const reboots = report.reason === "reboot" && (run.fate ?? fate) === undefined && !this.#held;
    if (reboots) this.#rebooting.add(id);
    try {
      this.#runs.delete(id);
      if (reboots) await this.#note(id, toRestart);
      const record = await this.#require(id);
      await clearRun(this.#deps, record);
      const { reason, status, detail } = report;
      this.#deps.log.info({ instance: record.name, reason, status, detail }, "instance ended");
      const failure = reboots ? await this.#reboot(record) : undefined;
      if (!reboots || failure) await this.#settle(record, failure ?? report, fate ?? this.#fateOf(run, report));
    } finally {
      this.#rebooting.delete(id);
    }
  }

  /** Returns how the new run failed when it did. */
  async #reboot(record: InstanceRecord): Promise<ExitReport | undefined> {
    try {
      await this.#begin(record.id, new AbortController().signal, { again: true });
      this.#deps.events.lifecycle("instance-restarted", instanceUrl(record.name), {}, record.project);
      return undefined;
    } catch (error) {
      const detail = `It asked to be restarted and could not be: ${asLodgeError(error).message}`;
      this.#deps.log.error({ instance: record.name, err: error }, "restarting an instance failed");
      return { reason: "crash", detail };
    }
  }

  /** While the host goes down, only a guest that powers off by itself is one that is not to come back. */
  #fateOf(run: Run, { reason }: ExitReport): Fate | undefined {
    return run.fate ?? (this.#held && reason !== "shutdown" ? "host" : undefined);
  }

  /** The run is over, and what follows on it is decided. */
  async #settle(record: InstanceRecord, report: ExitReport, fate: Fate | undefined): Promise<void> {
    const { store, events } = this.#deps;
    const { reason, detail, status } = report;
    const next = fate === undefined ? await this.#restarts.follow(record, report) : undefined;
    if (next?.kind === "restart") return;
    const problem = next?.kind === "give-up" ? `${next.restarts} restarts in a row failed. ${detail}` : undefined;
    const comesBack = fate === "host" || fate === "restart";
    const over = fate === "restart" ? record : withoutRestart(record);
    const settled = { ...withoutFrozenNote(over), wanted: comesBack && record.wanted };
    await store.instances.put(problem === undefined ? withoutProblem(settled) : withProblem(settled, problem));
    const action = reason === "shutdown" ? "instance-shutdown" : "instance-stopped";
    const context = {
      reason: fate === "host" ? "host" : reason,
      detail: problem ?? detail,
      ...(status !== undefined && { status }),
    };
    events.lifecycle(action, instanceUrl(record.name), context, record.project);
    if (record.ephemeral && !comesBack) await this.#discard(record.id);
  }

  async #note(id: InstanceId, change: (record: InstanceRecord) => InstanceRecord): Promise<void> {
    const { instances } = this.#deps.store;
    const record = await instances.get(id);
    if (record) await instances.put(change(record));
  }

  async #require(id: InstanceId) {
    const record = await this.#deps.store.instances.get(id);
    if (!record)
      throw new LodgeError({ code: "instance_not_found", message: `Instance ${id} does not exist any more.` });
    return record;
  }
}

/** A fork whose run has begun has a root of its own. */
function asBegun(record: InstanceRecord): InstanceRecord {
  const { pending, ...rest } = withoutFrozenNote(withoutFresh(withoutTrigger(withoutRestart(withoutProblem(record)))));
  return { ...rest, ...(pending && pending.kind !== "fork" && { pending }) };
}

/** A killed process is gone in milliseconds; the bound is for a host in trouble. */
const forcedStopBound = 60_000;

async function waitForEnd(run: Run, name: string, { force, timeout }: StopOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const milliseconds = force ? forcedStopBound : timeout * 1000;
  const bound = new Promise<never>((_, reject) => {
    const message = force
      ? `Instance "${name}" did not end within ${milliseconds / 1000} s of being killed; see the daemon's log.`
      : `Instance "${name}" did not power off within ${timeout} s and goes on running; "lodge stop --force ${name}" ends it at once.`;
    timer = setTimeout(() => reject(new LodgeError({ code: "timed_out", message })), milliseconds);
  });
  await Promise.race([run.ended.promise, bound]).finally(() => clearTimeout(timer));
}
