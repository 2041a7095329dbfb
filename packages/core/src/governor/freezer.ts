import { driverOf, type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { frozenByGovernor, withFrozenNote, withoutFrozenNote } from "../instances/frozen-note.ts";
import type { Runs } from "../instances/runs.ts";
import type { InstanceRecord } from "../store.ts";

export interface FreezerDependencies
  extends Pick<InstanceDependencies, "store" | "drivers" | "events" | "lock" | "now"> {
  readonly runs: Pick<Runs, "isRunning">;
}

/**
 * Lets instances stand still, and go on. That it was the governor is noted with the instance before it is done, and until it is undone: a
 * pause of the user's has no note, and the next daemon knows the one from the other.
 */
export class Freezer {
  readonly #deps: FreezerDependencies;

  constructor(deps: FreezerDependencies) {
    this.#deps = deps;
  }

  /** False: it does not run, or stands still already. */
  async freeze(id: InstanceId): Promise<boolean> {
    return this.#alone(id, async (record) => {
      const driver = driverOf(this.#deps, record.type);
      if ((await driver.observe(id)).status !== "Running") return false;
      await this.#deps.store.instances.put(withFrozenNote(record, this.#deps.now()));
      await driver.pause(id);
      this.#deps.events.lifecycle("instance-paused", instanceUrl(record.name), { by: "governor" }, record.project);
      return true;
    });
  }

  /** False: it does not stand still by the governor any more, and was left as it is. */
  async thaw(id: InstanceId): Promise<boolean> {
    return this.#alone(id, async (record) => {
      if (!frozenByGovernor(record)) return false;
      const driver = driverOf(this.#deps, record.type);
      const frozen = (await driver.observe(id)).status === "Frozen";
      if (frozen) await driver.resume(id);
      await this.#deps.store.instances.put(withoutFrozenNote(record));
      if (!frozen) return false;
      this.#deps.events.lifecycle("instance-resumed", instanceUrl(record.name), { by: "governor" }, record.project);
      return true;
    });
  }

  #alone(id: InstanceId, work: (record: InstanceRecord) => Promise<boolean>): Promise<boolean> {
    return this.#deps.lock.run(id, async () => {
      const record = await this.#deps.store.instances.get(id);
      return record !== undefined && this.#deps.runs.isRunning(id) && work(record);
    });
  }
}
