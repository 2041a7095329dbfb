import { asLodgeError, LodgeError } from "@lodge/api";
import { inParallel } from "../../in-parallel.ts";
import type { RunningOperation } from "../../operations/operation.ts";
import type { InstanceRecord } from "../../store.ts";
import { type InstanceDependencies, instanceUrl } from "../dependencies.ts";
import { type ExpandedInstance, InstanceRecords } from "../records.ts";
import type { Runs } from "../runs.ts";
import { hostShutdownSettings } from "./boot-keys.ts";
import { hostBootSetting } from "./host-boot.ts";
import { shutdownBatches } from "./start-order.ts";

/** A guest that powers off needs CPU for it: more at once would only make all of them late. */
const togetherPerCpu = 4;

/**
 * Shuts all instances down because the host goes down: in order, each within its time. From now on this daemon starts none; the
 * next one brings back those that ran, as after a boot.
 */
export class HostShutdown {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  #begun: Promise<RunningOperation> | undefined;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
  }

  /** One at a time: who asks again gets the one that is under way. */
  begin(): Promise<RunningOperation> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<RunningOperation> {
    // Before anything is stopped: whenever this is cut short, the next daemon knows.
    await this.#deps.store.settings.remove(hostBootSetting);
    this.#runs.hold();
    const running = await this.#running();
    const resources = { instances: running.map(({ record }) => instanceUrl(record.name)) };
    const request = { description: "Shutting instances down with the host", resources, project: "default" };
    const operation = await this.#deps.operations.begin({ ...request, cancellable: false }, ({ report }) =>
      this.#shutDownAll(running, (down) => report({ shutdown_progress: `${down} of ${running.length} are down` })),
    );
    void operation.done.then(() => {
      this.#begun = undefined;
    });
    return operation;
  }

  async #shutDownAll(running: readonly ExpandedInstance[], report: (down: number) => void): Promise<undefined> {
    const failures: string[] = [];
    let down = 0;
    report(down);
    for (const batch of shutdownBatches(running.map((each) => ({ ...each, name: each.record.name })))) {
      await inParallel(batch, togetherPerCpu * this.#deps.host.cpus, async (each) => {
        const failure = await this.#shutDown(each).catch((error: unknown) => asLodgeError(error).message);
        if (failure) failures.push(failure);
        else report(++down);
      });
    }
    if (failures.length > 0) throw new LodgeError({ code: "instance_operation_failed", message: failures.join("\n") });
  }

  async #running(): Promise<ExpandedInstance[]> {
    const records = new InstanceRecords(this.#deps.store);
    const present = (await this.#deps.store.instances.list()).filter(({ id }) => this.#runs.isRunning(id));
    return Promise.all(present.map((record) => records.expand(record)));
  }

  async #shutDown({ record, config }: ExpandedInstance): Promise<undefined> {
    const { force, timeout } = hostShutdownSettings(config);
    if (!force && timeout > 0 && (await this.#askedInTime(record, timeout))) return;
    if (this.#runs.isRunning(record.id)) await this.#runs.stop(record.id, { force: true, timeout: 0, fate: "host" });
  }

  async #askedInTime({ id, name }: InstanceRecord, timeout: number): Promise<boolean> {
    try {
      await this.#runs.stop(id, { force: false, timeout, fate: "host" });
      return true;
    } catch (error) {
      this.#deps.log.warn({ instance: name, err: error }, "an instance did not power off with the host and is ended");
      return false;
    }
  }
}
