import { asLodgeError, type LodgeError } from "@lodge/api";
import { inParallel } from "../../in-parallel.ts";
import type { RunningOperation } from "../../operations/operation.ts";
import type { InstanceRecord } from "../../store.ts";
import { type InstanceDependencies, instanceUrl } from "../dependencies.ts";
import type { InstanceId } from "../driver.ts";
import { InstanceRecords } from "../records.ts";
import type { Runs } from "../runs.ts";
import { withoutRestart } from "./restarting.ts";
import { type Ordered, startStages, startsWithHost } from "./start-order.ts";

/** Which boot of the host the last daemon ran in; missing when the instances were shut down with the host. */
export const hostBootSetting = "host_boot";
/** Instances that this boot is to start and has not, and those that were between two runs: ids, as JSON. */
const queueSetting = "host_boot_queue";

/** A host that just came up may lack for a moment what an instance needs. */
const attempts = 3;
/** Milliseconds between them. */
const pause = 5_000;

interface Starting extends Ordered {
  readonly record: InstanceRecord;
  readonly signal: AbortSignal;
}

/**
 * A boot of the host, as against a mere restart of the daemon: brings back the instances that ran. What is to be started is
 * stored before the first is, so that a daemon that dies meanwhile has a successor who goes on.
 */
export class HostBoot {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #queue = new Set<InstanceId>();
  readonly #signals = new Map<InstanceId, AbortSignal>();
  #isNew = false;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
  }

  /** Looks, before recovery, whether this is the first daemon of a boot, or what the one before has not started. */
  async read(): Promise<void> {
    const { settings } = this.#deps.store;
    this.#isNew = (await settings.get(hostBootSetting))?.value !== this.#deps.hostBoot;
    const stored = (await settings.get(queueSetting))?.value;
    if (stored && !this.#isNew) for (const id of JSON.parse(stored) as InstanceId[]) this.#queue.add(id);
  }

  /** Whether an instance that should run and does not went with the host: that is no crash, and it comes back. */
  wentWithHost(id: InstanceId): boolean {
    return this.#isNew || this.#queue.has(id);
  }

  /** Decides what is started, and stores it. For recovery: nothing else may change instances meanwhile. */
  async decide(present: readonly InstanceRecord[], running: ReadonlySet<InstanceId>): Promise<void> {
    const stopped = present.filter(({ id }) => !running.has(id));
    const restarting = new Set(stopped.filter((record) => record.restarting).map(({ id }) => id));
    if (this.#isNew) await this.#decideAnew(stopped);
    else for (const id of restarting) this.#queue.add(id);
    const due = new Set(stopped.filter(({ wanted }) => this.#isNew || wanted).map(({ id }) => id));
    for (const id of [...this.#queue]) if (!due.has(id)) this.#queue.delete(id);
    for (const id of this.#queue) {
      const interrupted = restarting.has(id) && !this.#isNew;
      const why = interrupted ? "It was being restarted when the daemon ended." : "The host was started.";
      this.#signals.set(id, this.#runs.due.add(id, { at: this.#deps.now(), why }));
    }
    await this.#storeQueue();
    await this.#deps.store.settings.put({ key: hostBootSetting, value: this.#deps.hostBoot });
  }

  async #decideAnew(stopped: readonly InstanceRecord[]): Promise<void> {
    const { store } = this.#deps;
    const records = new InstanceRecords(store);
    const changed: InstanceRecord[] = [];
    for (const record of stopped) {
      const wanted = startsWithHost((await records.expand(record)).config, record.wanted);
      if (wanted) this.#queue.add(record.id);
      if (wanted !== record.wanted) changed.push({ ...withoutRestart(record), wanted });
    }
    await this.#storeQueue();
    for (const record of changed) await store.instances.put(record);
  }

  /** Starts what is to be started, beside everything else. Undefined: there is nothing. */
  async bringBack(): Promise<RunningOperation | undefined> {
    const starting = await this.#starting();
    if (starting.length === 0) return undefined;
    const resources = { instances: starting.map(({ name }) => instanceUrl(name)) };
    const description = this.#isNew
      ? "Starting instances after a boot of the host"
      : "Starting instances that an earlier daemon left to be started";
    return this.#deps.operations.begin(
      { description, resources, project: "default", cancellable: false },
      async ({ report }) => {
        let started = 0;
        const progress = () => report({ start_progress: `${started} of ${starting.length} started` });
        progress();
        for (const { instances, delay } of startStages(starting)) {
          await inParallel(instances, this.#deps.host.cpus, async (each) => {
            await this.#start(each);
            started++;
            progress();
          });
          await this.#deps.wait(delay * 1000);
        }
        return undefined;
      },
    );
  }

  async #starting(): Promise<Starting[]> {
    const { store } = this.#deps;
    const records = new InstanceRecords(store);
    const starting: Starting[] = [];
    for (const [id, signal] of this.#signals) {
      const record = await store.instances.get(id);
      if (!record) continue;
      starting.push({ record, name: record.name, config: (await records.expand(record)).config, signal });
    }
    return starting;
  }

  async #start({ record, signal }: Starting): Promise<void> {
    const { id, name } = record;
    let wanted = signal;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#runs.gone(id);
        await this.#deps.lock.run(id, async () => {
          if (this.#runs.due.take(id, wanted))
            await this.#runs.start(id, new AbortController().signal, { again: true });
        });
        this.#queue.delete(id);
        return await this.#storeQueue();
      } catch (error) {
        this.#deps.log.error({ instance: name, attempt, err: error }, "starting an instance with the host failed");
        const failure = asLodgeError(error);
        if (failure.code === "host_shutting_down" || failure.code === "instance_not_found") return;
        if (attempt === attempts) return await this.#giveUp(id, failure);
        wanted = this.#runs.due.add(id, { at: new Date(this.#deps.now().getTime() + pause), why: failure.message });
        await this.#deps.wait(pause, wanted).catch(() => undefined);
      }
    }
  }

  /** It stays in the queue: the next daemon tries again. */
  async #giveUp(id: InstanceId, failure: LodgeError): Promise<void> {
    const detail = `It could not be started with the host: ${failure.message}`;
    await this.#deps.lock.run(id, () => this.#runs.noteProblem(id, detail));
  }

  async #storeQueue(): Promise<void> {
    await this.#deps.store.settings.put({ key: queueSetting, value: JSON.stringify([...this.#queue]) });
  }
}
