import { LodgeError, type Warning, type WarningPut } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { Lock } from "../instances/lock.ts";
import type { Log } from "../log.ts";
import type { WarningService } from "../services.ts";
import type { Store, WarningRecord } from "../store.ts";
import { reconcileWarnings, troubleKey } from "./reconcile.ts";
import type { Trouble } from "./trouble.ts";

export interface WarningsDependencies {
  readonly store: Pick<Store, "warnings" | "atomically">;
  readonly events: EventBus;
  readonly log: Log;
  readonly lock: Lock;
  readonly now: () => Date;
  readonly newUuid: () => string;
  /** What is wrong now, by who knows. */
  readonly sources: readonly (() => Promise<readonly Trouble[]>)[];
}

/**
 * What is not as it should be. Troubles are looked for, not told: so a warning is over when its trouble is, whoever mended it and whether
 * or not a daemon saw it.
 */
export class Warnings implements WarningService {
  readonly #deps: WarningsDependencies;
  /** Deleted while their trouble lasts: they come back when that comes back. */
  readonly #dismissed = new Set<string>();

  constructor(deps: WarningsDependencies) {
    this.#deps = deps;
  }

  /** The worst and newest first. */
  async list(): Promise<Warning[]> {
    await this.look();
    const warnings = (await this.#deps.store.warnings.list()).map(render);
    return warnings.sort((a, b) => rank(b) - rank(a) || b.last_seen_at.localeCompare(a.last_seen_at));
  }

  async get(uuid: string): Promise<Warning> {
    await this.look();
    return render(await this.#find(uuid));
  }

  async update(uuid: string, { status }: WarningPut): Promise<void> {
    const { store, events, lock, now } = this.#deps;
    await lock.run(async () => {
      const record = await this.#find(uuid);
      if (record.status === "resolved") {
        const message = `What the warning ${uuid} was about is over; there is nothing to acknowledge.`;
        throw new LodgeError({ code: "warning_resolved", message });
      }
      await store.warnings.put({ ...record, status, updatedAt: now() });
    });
    events.lifecycle(status === "new" ? "warning-reset" : "warning-acknowledged", urlOf(uuid));
  }

  async delete(uuid: string): Promise<void> {
    const { store, events, lock } = this.#deps;
    await lock.run(async () => {
      const record = await this.#find(uuid);
      await store.warnings.remove(uuid);
      this.#dismissed.add(troubleKey(record));
    });
    events.lifecycle("warning-deleted", urlOf(uuid));
  }

  /** How many are not resolved. */
  async open(): Promise<number> {
    return (await this.#deps.store.warnings.list()).filter(({ status }) => status !== "resolved").length;
  }

  /** Brings the warnings up to date. Never throws: a warning that cannot be written must not become another trouble. */
  async look(): Promise<void> {
    const { store, lock, log, now, newUuid } = this.#deps;
    try {
      await lock.run(async () => {
        const troubles = (await Promise.all(this.#deps.sources.map((source) => source()))).flat();
        const keys = new Set(troubles.map(troubleKey));
        for (const key of this.#dismissed) if (!keys.has(key)) this.#dismissed.delete(key);
        const shown = troubles.filter((trouble) => !this.#dismissed.has(troubleKey(trouble)));
        const { put, remove } = reconcileWarnings(await store.warnings.list(), shown, { now: now(), newUuid });
        if (put.length === 0 && remove.length === 0) return;
        await store.atomically(async ({ warnings }) => {
          for (const record of put) await warnings.put(record);
          for (const { uuid } of remove) await warnings.remove(uuid);
        });
      });
    } catch (err) {
      log.error({ err }, "warnings could not be brought up to date");
    }
  }

  async #find(uuid: string): Promise<WarningRecord> {
    const record = await this.#deps.store.warnings.get(uuid);
    if (record) return record;
    const message = `There is no warning ${uuid}; \`lodge warning list\` shows those there are.`;
    throw new LodgeError({ code: "warning_not_found", message });
  }
}

const urlOf = (uuid: string): string => `/1.0/warnings/${uuid}`;

const ranks = { low: 0, moderate: 1, high: 2 } as const;

const rank = ({ severity, status }: Warning): number => ranks[severity] - (status === "resolved" ? 3 : 0);

function render({ uuid, project, type, severity, status, count, message, entity, ...times }: WarningRecord): Warning {
  return {
    ...{ uuid, location: "none", project, type, severity, status, count },
    first_seen_at: times.firstSeenAt.toISOString(),
    last_seen_at: times.lastSeenAt.toISOString(),
    ...{ last_message: message, entity_url: entity },
  };
}

/** Milliseconds between looks at what nobody asks about. */
const interval = 60_000;

/** Looks, until the signal is aborted: so that what comes and goes is counted although nobody asks. Never throws. */
export async function watchWarnings(
  warnings: Pick<WarningService, "look">,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await warnings.look();
    await wait(interval, signal).catch(() => undefined);
  }
}
