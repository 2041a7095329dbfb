import { asLodgeError, type Event, type Lifecycle } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import { type InstanceDependencies, instanceUrl } from "../dependencies.ts";
import type { InstanceId } from "../driver.ts";
import { isKeptFromDeletion } from "../protection.ts";
import { type ExpandedInstance, InstanceRecords } from "../records.ts";
import { removeInstance } from "../removal.ts";
import type { Runs } from "../runs.ts";
import { hostShutdownSettings } from "./boot-keys.ts";
import { deadlineOf, isExpired, lacksDeadline, withLifetime } from "./lifetime.ts";

/** Milliseconds between looks at least: what could not be ended is tried again then. */
const interval = 60_000;
/** What may bring a deadline nearer. */
const wakers: ReadonlySet<string> = new Set(["instance-created", "instance-updated", "profile-updated"]);

/** Ends instances whose time is up, until the signal is aborted. Never throws: there is nobody to catch it. */
export async function watchLifetimes(deps: InstanceDependencies, runs: Runs, signal: AbortSignal): Promise<void> {
  const lifetimes = new Lifetimes(deps, runs);
  let sleep = new AbortController();
  const unsubscribe = deps.events.subscribe((event) => {
    if (wakes(event)) sleep.abort();
  });
  while (!signal.aborted) {
    sleep = new AbortController();
    const next = await lifetimes.look().catch((err: unknown) => {
      deps.log.error({ err }, "cannot look for instances whose time is up");
      return interval;
    });
    await deps.wait(next, AbortSignal.any([signal, sleep.signal])).catch(() => undefined);
  }
  unsubscribe();
}

const wakes = ({ type, metadata }: Event): boolean =>
  type === "lifecycle" && wakers.has((metadata as Lifecycle).action);

class Lifetimes {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #records: InstanceRecords;
  /** Those that are being ended. */
  readonly #ending = new Set<InstanceId>();

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#records = new InstanceRecords(deps.store);
  }

  /** Begins to end those whose time is up; returns in how many milliseconds to look again. */
  async look(): Promise<number> {
    const { store, now } = this.#deps;
    const present = (await store.instances.list()).filter(({ life }) => life === "present");
    let next = interval;
    for (const record of present) {
      const expanded = await this.#noted(await this.#records.expand(record));
      const deadline = expanded && deadlineOf(expanded.config);
      if (!expanded || !deadline) continue;
      const left = deadline.getTime() - now().getTime();
      if (left > 0) next = Math.min(next, left);
      else if (this.#hasMoreToEnd(expanded)) void this.#end(record);
    }
    return next;
  }

  /** What came by another way than creation and change has no deadline yet. */
  async #noted(expanded: ExpandedInstance): Promise<ExpandedInstance | undefined> {
    if (!lacksDeadline(expanded.config)) return expanded;
    const { lock, store, now } = this.#deps;
    const { id } = expanded.record;
    return lock.run(id, async () => {
      const record = await store.instances.get(id);
      if (record?.life !== "present") return undefined;
      const { config } = await this.#records.expand(record);
      const noted = { ...record, config: withLifetime(record.config, config, now()) };
      await store.instances.put(noted);
      return this.#records.expand(noted);
    });
  }

  /** A protected one stays, stopped. */
  #hasMoreToEnd({ record: { id }, config }: ExpandedInstance): boolean {
    if (this.#ending.has(id)) return false;
    return !isKeptFromDeletion(config) || this.#runs.isRunning(id) || this.#runs.isStarting(id);
  }

  /** An operation like any other; what fails is tried again at a later look. */
  async #end(record: InstanceRecord): Promise<void> {
    const { id, name, project } = record;
    this.#ending.add(id);
    try {
      const operation = await this.#deps.operations.begin(
        {
          description: "Ending an instance whose time is up",
          resources: { instances: [instanceUrl(name)] },
          project,
          cancellable: false,
        },
        async () => {
          await this.#endNow(id);
          return undefined;
        },
      );
      await operation.done;
      if (operation.error) throw operation.error;
    } catch (error) {
      this.#deps.log.warn(
        { instance: name, err: asLodgeError(error) },
        "an instance whose time is up could not be ended",
      );
    } finally {
      this.#ending.delete(id);
    }
  }

  async #endNow(id: InstanceId): Promise<void> {
    const expired = await this.#expired(id);
    if (!expired) return;
    const { record, config } = expired;
    const { name, project } = record;
    const kept = isKeptFromDeletion(config);
    const context = { ttl: config["ttl"], deadline: deadlineOf(config)?.toISOString(), kept };
    this.#deps.events.lifecycle("instance-expired", instanceUrl(name), context, project);
    this.#deps.log.info({ instance: name, ...context }, "the time of an instance is up");
    if (this.#runs.isRunning(id)) await this.#stop(expired, kept);
    await this.#deps.lock.run(id, async () => {
      const current = await this.#expired(id);
      if (!current || this.#runs.isRunning(id)) return;
      if (isKeptFromDeletion(current.config)) return this.#runs.abandon(id);
      this.#runs.forget(id);
      await removeInstance(this.#deps, id);
    });
  }

  /** What is kept may write down what it has to. */
  async #stop({ record: { id }, config }: ExpandedInstance, kept: boolean): Promise<void> {
    const { timeout } = hostShutdownSettings(config);
    try {
      await this.#runs.stop(id, { force: !kept, timeout });
    } catch (error) {
      const { code } = asLodgeError(error);
      if (code === "timed_out" && kept) await this.#runs.stop(id, { force: true, timeout });
      else if (code !== "instance_wrong_state") throw error;
    }
  }

  /** As it is now; undefined: it is gone, or was given more time. */
  async #expired(id: InstanceId): Promise<ExpandedInstance | undefined> {
    const record = await this.#deps.store.instances.get(id);
    if (record?.life !== "present") return undefined;
    const expanded = await this.#records.expand(record);
    return isExpired(expanded.config, this.#deps.now()) ? expanded : undefined;
  }
}
