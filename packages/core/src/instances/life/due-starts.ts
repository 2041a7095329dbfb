import type { InstanceId } from "../driver.ts";

/** A start that comes without anybody asking for it. */
export interface DueStart {
  /** Not before; an instance of a boot's order may have to wait for others. */
  readonly at: Date;
  readonly why: string;
}

/** The starts that are to come: after a boot of the host, after a crash. An instance has at most one. */
export class DueStarts {
  readonly #due = new Map<InstanceId, { readonly start: DueStart; readonly end: AbortController }>();

  get(id: InstanceId): DueStart | undefined {
    return this.#due.get(id)?.start;
  }

  /** Replaces an earlier one. The signal is aborted when it is cancelled. */
  add(id: InstanceId, start: DueStart): AbortSignal {
    this.cancel(id);
    const end = new AbortController();
    this.#due.set(id, { start, end });
    return end.signal;
  }

  /** Begins the start that `add` gave this signal for: it is due no longer. False when it was cancelled. */
  take(id: InstanceId, signal: AbortSignal): boolean {
    return !signal.aborted && this.#due.delete(id);
  }

  cancel(id: InstanceId): void {
    const due = this.#due.get(id);
    this.#due.delete(id);
    due?.end.abort();
  }

  cancelAll(): void {
    for (const id of [...this.#due.keys()]) this.cancel(id);
  }
}
