import { asLodgeError, type LodgeError } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import { type InstanceDependencies, instanceUrl } from "../dependencies.ts";
import type { ExitReport, InstanceId } from "../driver.ts";
import { InstanceRecords } from "../records.ts";
import { restartSettings } from "./boot-keys.ts";
import type { DueStarts } from "./due-starts.ts";
import { decideRestart, type RestartDecision } from "./restart-policy.ts";

/** What a restart does; both are called under the instance's lock. */
export interface RestartActions {
  start(id: InstanceId): Promise<void>;
  /** The start failed: settles that as the end of a run. */
  settle(record: InstanceRecord, report: ExitReport): Promise<void>;
}

/** Restarts in a row, and what led to the last. */
export interface RestartCount {
  readonly restarts: number;
  readonly why: string;
}

/** Starts instances again whose runs ended unasked, as `boot.autorestart` wants it. */
export class Restarts {
  readonly #deps: InstanceDependencies;
  readonly #due: DueStarts;
  readonly #actions: RestartActions;
  readonly #counts = new Map<InstanceId, RestartCount>();

  constructor(deps: InstanceDependencies, due: DueStarts, actions: RestartActions) {
    this.#deps = deps;
    this.#due = due;
    this.#actions = actions;
  }

  count(id: InstanceId): RestartCount | undefined {
    return this.#counts.get(id);
  }

  /** What was counted is over: the user began something new. */
  forget(id: InstanceId): void {
    this.#counts.delete(id);
  }

  /** Says what follows on a run that ended unasked, and sees to it when that is a restart. The caller holds the lock. */
  async follow(record: InstanceRecord, report: ExitReport): Promise<RestartDecision> {
    const { config } = await new InstanceRecords(this.#deps.store).expand(record);
    const lasted = record.lastUsedAt ? this.#deps.now().getTime() - record.lastUsedAt.getTime() : 0;
    const restarts = this.#counts.get(record.id)?.restarts ?? 0;
    const decision = decideRestart(restartSettings(config), { reason: report.reason, lasted }, restarts);
    if (decision.kind === "restart") this.#schedule(record, report, decision);
    return decision;
  }

  #schedule(record: InstanceRecord, report: ExitReport, next: { attempt: number; delay: number }): void {
    const { now, wait, lock, events, log } = this.#deps;
    const { id, name, project } = record;
    const { attempt, delay } = next;
    const { reason, detail } = report;
    this.#counts.set(id, { restarts: attempt, why: detail });
    const signal = this.#due.add(id, { at: new Date(now().getTime() + delay), why: detail });
    events.lifecycle("instance-restart-scheduled", instanceUrl(name), { reason, detail, attempt, delay }, project);
    log.warn({ instance: name, reason, detail, attempt, delay }, "instance ended unasked and is started again");
    wait(delay, signal)
      .then(() => lock.run(id, () => this.#restart(record, signal, { attempt, reason })))
      .catch((error: unknown) => {
        if (!signal.aborted) log.error({ instance: name, err: error }, "restarting an instance failed");
      });
  }

  async #restart(
    { id, name, project }: InstanceRecord,
    signal: AbortSignal,
    context: { attempt: number; reason: string },
  ): Promise<void> {
    if (!this.#due.take(id, signal)) return;
    try {
      await this.#actions.start(id);
      this.#deps.events.lifecycle("instance-restarted", instanceUrl(name), context, project);
    } catch (error) {
      await this.#settleFailure(id, asLodgeError(error));
    }
  }

  async #settleFailure(id: InstanceId, error: LodgeError): Promise<void> {
    const record = await this.#deps.store.instances.get(id);
    // With the host going down it is to come back with the host.
    if (!record || error.code === "host_shutting_down") return;
    const failed = { ...record, lastUsedAt: this.#deps.now() };
    await this.#actions.settle(failed, { reason: "crash", detail: `It could not be started again: ${error.message}` });
  }
}
