import type { InstanceId } from "../instances/driver.ts";

/** Who is about to fork from a template: while there is anybody, it stays. */
export class Claims {
  readonly #counts = new Map<InstanceId, number>();
  readonly #waiting = new Map<InstanceId, PromiseWithResolvers<void>>();

  claim(id: InstanceId): Disposable {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    let claimed = true;
    return {
      [Symbol.dispose]: () => {
        if (claimed) this.#release(id);
        claimed = false;
      },
    };
  }

  /** Resolves when nobody claims it. */
  async free(id: InstanceId): Promise<void> {
    while (this.#counts.has(id)) {
      const waiting = this.#waiting.get(id) ?? Promise.withResolvers<void>();
      this.#waiting.set(id, waiting);
      await waiting.promise;
    }
  }

  #release(id: InstanceId): void {
    const left = (this.#counts.get(id) ?? 1) - 1;
    if (left > 0) return void this.#counts.set(id, left);
    this.#counts.delete(id);
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }
}
