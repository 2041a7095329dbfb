import { LodgeError } from "@lodge/api";
import type { ExitReport, InstanceId } from "../instances/driver.ts";

/** Waits for what drivers tell of guests that boot. */
export class Boots {
  readonly #waiting = new Map<InstanceId, PromiseWithResolvers<void>>();

  /** Resolves when the guest answers, rejects when its run ends. To be called before it can be either. */
  ready(id: InstanceId, signal: AbortSignal): Promise<void> {
    const boot = Promise.withResolvers<void>();
    // Whoever waits may fail before it looks.
    boot.promise.catch(() => undefined);
    this.#waiting.set(id, boot);
    signal.addEventListener("abort", () => this.#settle(id, signal.reason), { once: true });
    if (signal.aborted) this.#settle(id, signal.reason);
    return boot.promise;
  }

  wasReady(id: InstanceId): void {
    this.#settle(id);
  }

  hasExited(id: InstanceId, { detail }: ExitReport): void {
    const message = `The guest ended before it was ready. ${detail}`;
    this.#settle(id, new LodgeError({ code: "instance_not_ready", message }));
  }

  #settle(id: InstanceId, failure?: unknown): void {
    const boot = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) boot?.resolve();
    else boot?.reject(failure);
  }
}
