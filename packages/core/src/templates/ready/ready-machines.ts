import type { InstanceDependencies } from "../../instances/dependencies.ts";
import type { InstanceId } from "../../instances/driver.ts";
import { removeInstance } from "../../instances/removal.ts";
import type { ClaimedTemplate } from "../beginning.ts";
import { holdReady, type Seat } from "./hold.ts";
import { patternKey, type ReadyPattern } from "./pattern.ts";
import { idleAfter, mostReady, readyTargets } from "./targets.ts";

/** Milliseconds without a launch or any other operation after which the machine is taken for idle. */
const quiet = 1_000;
/** Milliseconds between two that are made. */
const breath = 100;

export interface ReadySettings {
  /** How many of a kind there are to be; 0: none. */
  each(): Promise<number>;
  /** A template's state, while it is claimed; undefined: it is going. */
  claim(template: InstanceId): Promise<ClaimedTemplate | undefined>;
}

interface Ready {
  readonly key: string;
  readonly template: InstanceId;
  readonly seat: Seat;
}

interface Making {
  readonly template: InstanceId;
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

/**
 * Machines that stand ready to be launched: forks of templates in use which have their memory and do not run yet. They are made when nothing else
 * goes on, and end when nobody has launched the like for a while, with their template, and with the daemon.
 */
export class ReadyMachines {
  readonly #deps: InstanceDependencies;
  readonly #settings: ReadySettings;
  readonly #machines = new Set<Ready>();
  readonly #uses = new Map<string, { readonly pattern: ReadyPattern; readonly at: Date }>();
  /** Kinds of which none could be made. */
  readonly #impossible = new Set<string>();
  readonly #end = new AbortController();
  #wake = new AbortController();
  #making: Making | undefined;
  #tending = false;

  constructor(deps: InstanceDependencies, settings: ReadySettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  get size(): number {
    return this.#machines.size;
  }

  /** Of a template. */
  count(template: InstanceId): number {
    return [...this.#machines].filter((ready) => ready.template === template).length;
  }

  /** Somebody launches the like: the next one is to find one. */
  used(pattern: ReadyPattern): void {
    if (this.#end.signal.aborted) return;
    this.#uses.set(patternKey(pattern), { pattern, at: this.#deps.now() });
    this.#wake.abort();
    if (this.#tending) return;
    this.#tending = true;
    this.#tend()
      .catch((err: unknown) => {
        if (!this.#end.signal.aborted) this.#deps.log.warn({ err }, "machines that stand ready are not looked after");
      })
      .finally(() => {
        this.#tending = false;
      });
  }

  /** One that is the caller's from now on. Its record is overwritten or removed. */
  take(pattern: ReadyPattern): Seat | undefined {
    const key = patternKey(pattern);
    const ready = [...this.#machines].find((each) => each.key === key);
    if (ready) this.#machines.delete(ready);
    return ready?.seat;
  }

  /** It ended by itself. */
  exited(id: InstanceId): void {
    const ready = [...this.#machines].find(({ seat }) => seat.id === id);
    if (ready) void this.#remove(ready);
  }

  /** The template goes: whatever was made of it ends. */
  async endOf(template: InstanceId): Promise<void> {
    for (const [key, { pattern }] of this.#uses) if (pattern.template === template) this.#uses.delete(key);
    const making = this.#making?.template === template ? this.#making : undefined;
    making?.abort.abort();
    await making?.over;
    await Promise.all([...this.#machines].filter((ready) => ready.template === template).map((r) => this.#remove(r)));
  }

  /** The daemon ends, and all of them with it. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#making?.abort.abort();
    await this.#making?.over;
    await Promise.all([...this.#machines].map((ready) => this.#remove(ready)));
  }

  async #tend(): Promise<void> {
    for (let pause = await this.#step(); pause !== undefined; pause = await this.#step()) {
      const signal = AbortSignal.any([this.#end.signal, this.#wake.signal]);
      await this.#deps.wait(pause, signal).catch(() => undefined);
      if (this.#end.signal.aborted) return;
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
    }
  }

  /** Returns the milliseconds until the next one; undefined when there is nothing to look after. */
  async #step(): Promise<number | undefined> {
    const { now, host } = this.#deps;
    const each = await this.#settings.each();
    const busy = quiet - (now().getTime() - this.#lastUse);
    if (busy > 0) return busy;
    if (this.#operationsRun) return quiet;
    const uses = [...this.#uses].map(([key, { at }]) => ({ key, at }));
    const targets = readyTargets(uses, { each, most: mostReady(host.memory), now: now() });
    for (const { key } of uses) if (!targets.has(key)) this.#uses.delete(key);
    const surplus = [...this.#machines].find(({ key }) => this.#countOf(key) > (targets.get(key) ?? 0));
    if (surplus) await this.#remove(surplus);
    else {
      const [missing] =
        [...targets].find(([key, count]) => this.#countOf(key) < count && !this.#impossible.has(key)) ?? [];
      const use = missing === undefined ? undefined : this.#uses.get(missing);
      if (!use) return this.#uses.size === 0 && this.#machines.size === 0 ? undefined : this.#untilIdle;
      await this.#make(use.pattern);
    }
    return breath;
  }

  async #make(pattern: ReadyPattern): Promise<void> {
    const { template } = pattern;
    const key = patternKey(pattern);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const abort = new AbortController();
    this.#making = { template, abort, over };
    try {
      using claimed = await this.#settings.claim(template);
      if (!claimed) return void this.#uses.delete(key);
      const seat = await holdReady(this.#deps, pattern, claimed, abort.signal);
      this.#machines.add({ key, template, seat });
    } catch (err) {
      if (abort.signal.aborted) return;
      this.#impossible.add(key);
      this.#deps.log.info({ template, err }, "no machine can be made ready of a template");
    } finally {
      this.#making = undefined;
      resolve();
    }
  }

  async #remove(ready: Ready): Promise<void> {
    if (!this.#machines.delete(ready)) return;
    const { id } = ready.seat;
    await this.#deps.lock
      .run(id, () => removeInstance(this.#deps, id))
      .catch((err: unknown) =>
        this.#deps.log.warn({ id, err }, "a machine that stood ready stays until the next start"),
      );
  }

  #countOf(key: string): number {
    return [...this.#machines].filter((ready) => ready.key === key).length;
  }

  get #lastUse(): number {
    return Math.max(0, ...[...this.#uses.values()].map(({ at }) => at.getTime()));
  }

  get #untilIdle(): number {
    const first = Math.min(...[...this.#uses.values()].map(({ at }) => at.getTime()));
    return Math.max(breath, first + idleAfter - this.#deps.now().getTime());
  }

  get #operationsRun(): boolean {
    return this.#deps.operations.list().some(({ class: kind, status_code: code }) => kind === "task" && code < 200);
  }
}
