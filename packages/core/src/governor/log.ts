import type { Log } from "../log.ts";
import type { GovernorLogRequest } from "../services.ts";
import type { GovernorLogRecord, Store } from "../store.ts";

/** Lines that are kept. */
const kept = 5000;
/** Lines beyond these before the oldest are removed: one removal for many. */
const slack = 500;

/** What the governor did and why: the last few thousand lines, which the next daemon knows as well. The oldest comes first. */
export class GovernorLog {
  readonly #store: Pick<Store, "governorLog" | "atomically">;
  readonly #log: Log;
  #lines: GovernorLogRecord[] = [];
  #next = 1;

  private constructor(store: Pick<Store, "governorLog" | "atomically">, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  static async open(store: Pick<Store, "governorLog" | "atomically">, log: Log): Promise<GovernorLog> {
    const opened = new GovernorLog(store, log);
    opened.#lines = await store.governorLog.list();
    opened.#next = (opened.#lines.at(-1)?.id ?? 0) + 1;
    return opened;
  }

  /** Never throws: what cannot be written is known until the daemon ends. */
  async add(entries: readonly Omit<GovernorLogRecord, "id">[]): Promise<GovernorLogRecord[]> {
    if (entries.length === 0) return [];
    const lines = entries.map((entry) => ({ ...entry, id: this.#next++ }));
    this.#lines.push(...lines);
    const old = this.#lines.length > kept + slack ? this.#lines.splice(0, this.#lines.length - kept) : [];
    try {
      await this.#store.atomically(async ({ governorLog }) => {
        for (const line of lines) await governorLog.put(line);
        for (const { id } of old) await governorLog.remove(id);
      });
    } catch (err) {
      this.#log.error({ err }, "lines of the governor's log could not be written");
    }
    return lines;
  }

  read({ shows, instance, since, limit = 100 }: GovernorLogRequest): GovernorLogRecord[] {
    const wanted = this.#lines.filter(
      (line) =>
        shows(line.project) && (instance === undefined || line.instance === instance) && (!since || line.at > since),
    );
    return limit === 0 ? [] : wanted.slice(-limit);
  }
}
