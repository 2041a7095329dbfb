import { asLodgeError, LodgeError } from "@lodge/api";
import { definitionOf } from "../networks/definition.ts";
import type { AttachedNic } from "../networks/network.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import { checkCapacity } from "./configuration.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { readDevices } from "./devices/device.ts";
import { readRootDisk } from "./devices/disks.ts";
import type { ExitReport, InstanceId } from "./driver.ts";
import { identityOf } from "./identity.ts";
import { portsOf } from "./ports.ts";
import { InstanceRecords } from "./records.ts";
import { rootRequest } from "./root-request.ts";

interface Run {
  readonly ended: PromiseWithResolvers<ExitReport>;
  /** The end is part of a restart: an ephemeral instance stays. */
  restarting: boolean;
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
  readonly #recovered = Promise.withResolvers<void>();
  /** Called under the lock when an ephemeral instance has ended. */
  readonly #discard: (id: InstanceId) => Promise<void>;

  constructor(deps: InstanceDependencies, discard: (id: InstanceId) => Promise<void>) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
    this.#discard = discard;
  }

  /** Ends that drivers report before this are kept until then: recovery works on a still picture. */
  recovered(): void {
    this.#recovered.resolve();
  }

  isRunning(id: InstanceId): boolean {
    return this.#runs.has(id);
  }

  /** Between two runs because the guest asked for it: to the user it has never stopped. */
  isRebooting(id: InstanceId): boolean {
    return this.#rebooting.has(id);
  }

  /** Records a run that a driver found at daemon start. */
  adopt(id: InstanceId): void {
    if (!this.#runs.has(id)) this.#runs.set(id, { ended: Promise.withResolvers(), restarting: false });
  }

  /** Begins a run. The caller holds the lock. What was made is unmade when a step fails. */
  async start(id: InstanceId, signal: AbortSignal): Promise<void> {
    const { store, network, idBase, host, events, now } = this.#deps;
    const { record, config, devices } = await this.#records.expand(await this.#require(id));
    const owner = `instance ${record.name}`;
    if (this.#runs.has(id)) {
      throw new LodgeError({ code: "instance_wrong_state", message: `Instance "${record.name}" is already running.` });
    }
    checkCapacity(owner, config, host);
    const driver = driverOf(this.#deps, record.type);
    const pool = poolOf(this.#deps, record.pool);
    const identity = identityOf(record, config, idBase);
    const root = rootRequest(record, readRootDisk(owner, devices).size);
    this.adopt(id);
    try {
      const place = await driver.prepare(identity);
      const networks = await this.#networks();
      const nics: AttachedNic[] = [];
      for (const port of portsOf(record, devices, networks)) {
        signal.throwIfAborted();
        await network.ensure(definitionOf(networks.get(port.network) as NetworkRecord));
        nics.push(await network.attach(port, place));
      }
      const prepared = await pool.prepareRoot(root, identity.ids);
      signal.throwIfAborted();
      const attached = readDevices(owner, record.type, devices, record.config);
      await driver.start({ ...identity, root: prepared, nics, devices: attached }, signal);
    } catch (error) {
      this.#runs.delete(id);
      await this.#clear(id);
      throw error;
    }
    await store.instances.put({ ...(await this.#require(id)), wanted: true, lastUsedAt: now() });
    events.lifecycle("instance-started", instanceUrl(record.name), {}, record.project);
  }

  /**
   * Asks the guest to power off (or ends it at once) and resolves when the run has been cleared up. Takes the lock only to
   * ask, so that a forced stop can overtake a patient one.
   */
  async stop(id: InstanceId, options: { force: boolean; timeout: number; restarting?: boolean }): Promise<void> {
    const record = await this.#require(id);
    const run = this.#runs.get(id);
    if (!run) {
      throw new LodgeError({
        code: "instance_wrong_state",
        message: `Instance "${record.name}" is not running; "lodge start ${record.name}" starts it.`,
      });
    }
    if (options.restarting) run.restarting = true;
    const driver = driverOf(this.#deps, record.type);
    await this.#deps.lock.run(id, async () => {
      if (this.#runs.get(id) !== run) return;
      await (options.force ? driver.kill(id) : driver.shutdown(id));
    });
    await this.#waitForEnd(run, record.name, options);
  }

  async #waitForEnd(run: Run, name: string, options: { force: boolean; timeout: number }): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const milliseconds = options.force ? forcedStopBound : options.timeout * 1000;
    const bound = new Promise<never>((_, reject) => {
      const message = options.force
        ? `Instance "${name}" did not end within ${milliseconds / 1000} s of being killed; see the daemon's log.`
        : `Instance "${name}" did not power off within ${options.timeout} s and goes on running; "lodge stop --force ${name}" ends it at once.`;
      timer = setTimeout(() => reject(new LodgeError({ code: "timed_out", message })), milliseconds);
    });
    try {
      await Promise.race([run.ended.promise, bound]);
    } catch (error) {
      run.restarting = false;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A driver says that a run has ended. Never throws: there is nobody to catch it. */
  async exited(id: InstanceId, report: ExitReport): Promise<void> {
    const run = this.#runs.get(id);
    try {
      await this.#recovered.promise;
      await this.#deps.lock.run(id, async () => {
        const current = this.#runs.get(id);
        if (run && current === run) await this.#end(id, run, report);
        // A start that the last daemon did not live to finish: nobody waits for its end, but it left things on the host.
        else if (!current && (await this.#deps.store.instances.get(id))) await this.#clear(id);
      });
    } catch (error) {
      this.#deps.log.error({ instance: id, err: error }, "clearing up after a run failed");
    } finally {
      run?.ended.resolve(report);
    }
  }

  async #end(id: InstanceId, run: Run, report: ExitReport): Promise<void> {
    const reboots = report.reason === "reboot" && !run.restarting;
    if (reboots) this.#rebooting.add(id);
    try {
      this.#runs.delete(id);
      await this.#clear(id);
      const record = await this.#deps.store.instances.get(id);
      if (!record) return;
      const { reason, status, detail } = report;
      this.#deps.log.info({ instance: record.name, reason, status, detail }, "instance ended");
      const failure = reboots ? await this.#reboot(record) : undefined;
      if (!reboots || failure) await this.#settle(record, failure ?? report, run.restarting);
    } finally {
      this.#rebooting.delete(id);
    }
  }

  /** Returns how the new run failed when it did. */
  async #reboot(record: InstanceRecord): Promise<ExitReport | undefined> {
    try {
      await this.start(record.id, new AbortController().signal);
      this.#deps.events.lifecycle("instance-restarted", instanceUrl(record.name), {}, record.project);
      return undefined;
    } catch (error) {
      const detail = `It asked to be restarted and could not be: ${asLodgeError(error).message}`;
      this.#deps.log.error({ instance: record.name, err: error }, "restarting an instance failed");
      return { reason: "crash", detail };
    }
  }

  /** The run is over and no other follows by itself. */
  async #settle(record: InstanceRecord, report: ExitReport, restarting: boolean): Promise<void> {
    const { store, events } = this.#deps;
    const { reason, detail, status } = report;
    await store.instances.put({ ...record, wanted: false });
    const action = reason === "shutdown" ? "instance-shutdown" : "instance-stopped";
    const context = { reason, detail, ...(status !== undefined && { status }) };
    events.lifecycle(action, instanceUrl(record.name), context, record.project);
    if (record.ephemeral && !restarting) await this.#discard(record.id);
  }

  /** Unmakes what a start makes, in reverse. Every step is idempotent, so this fits any half-made state. */
  async #clear(id: InstanceId): Promise<void> {
    const record = await this.#require(id);
    await driverOf(this.#deps, record.type).release(id);
    await this.#deps.network.detach(id);
    await poolOf(this.#deps, record.pool).settleRoot(id);
  }

  async #require(id: InstanceId) {
    const record = await this.#deps.store.instances.get(id);
    if (!record)
      throw new LodgeError({ code: "instance_not_found", message: `Instance ${id} does not exist any more.` });
    return record;
  }

  async #networks(): Promise<ReadonlyMap<string, NetworkRecord>> {
    return new Map((await this.#deps.store.networks.list()).map((n) => [n.name, n]));
  }
}

/** A killed process is gone in milliseconds; the bound is for a host in trouble. */
const forcedStopBound = 60_000;
