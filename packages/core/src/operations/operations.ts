import { LodgeError, type Operation } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store.ts";
import { type OperationRequest, type OperationWork, RunningOperation } from "./operation.ts";

export interface OperationsDependencies {
  readonly store: Pick<Store, "operations">;
  readonly events: EventBus;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Milliseconds for which a finished operation stays readable; clients need 5 s at least. */
  readonly keep: number;
}

/** All slow work: begins it, shows it, cancels it, and leaves a record while it runs so that a crash is noticed. */
export class Operations {
  readonly #deps: OperationsDependencies;
  readonly #operations = new Map<string, RunningOperation>();

  constructor(dependencies: OperationsDependencies) {
    this.#deps = dependencies;
  }

  /** Begins work and returns at once. */
  async begin(request: OperationRequest, work: OperationWork): Promise<RunningOperation> {
    const { store, now, newId } = this.#deps;
    const id = newId();
    // Sessions and tokens end with the daemon and leave nothing to settle.
    const journaled = request.class === undefined || request.class === "task";
    if (journaled) {
      const { description, resources, project } = request;
      await store.operations.put({ id, description, resources, project, createdAt: now() });
    }
    const operation = new RunningOperation(id, request, work, now, () => this.#publish(id));
    this.#operations.set(id, operation);
    this.#publish(id);
    void operation.done.then(() => this.#finish(operation, journaled));
    return operation;
  }

  get(id: string): RunningOperation {
    const operation = this.#operations.get(id);
    if (!operation)
      throw new LodgeError({ code: "operation_not_found", message: `Operation ${id} does not exist (any more).` });
    return operation;
  }

  list(project?: string): Operation[] {
    return [...this.#operations.values()]
      .filter((o) => project === undefined || o.request.project === project)
      .map((o) => o.render());
  }

  /** Resolves with the operation when it has finished or the time (milliseconds; undefined: no bound) is up. */
  async wait(id: string, timeout?: number): Promise<Operation> {
    const operation = this.get(id);
    if (timeout === undefined) await operation.done;
    else {
      let timer: NodeJS.Timeout | undefined;
      const bound = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeout);
      });
      await Promise.race([operation.done, bound]);
      clearTimeout(timer);
    }
    return operation.render();
  }

  /**
   * Forgets the operations that an earlier daemon left behind, and says which. Their effects are settled by each
   * noun's own recovery, from what the store and the host say.
   */
  async settleInterrupted(): Promise<void> {
    for (const record of await this.#deps.store.operations.list()) {
      this.#deps.log.warn({ operation: record.id, description: record.description }, "operation was interrupted");
      await this.#deps.store.operations.remove(record.id);
      const interrupted = new RunningOperation(
        record.id,
        {
          ...{ description: record.description, resources: record.resources, project: record.project },
          cancellable: false,
        },
        () =>
          Promise.reject(
            new LodgeError({
              code: "operation_interrupted",
              message: `The daemon stopped during "${record.description}"; it was settled at the next start. Look at the result and repeat it if needed.`,
            }),
          ),
        this.#deps.now,
        () => {},
      );
      this.#operations.set(record.id, interrupted);
      await interrupted.done;
      this.#expire(record.id);
    }
  }

  /** Resolves when nothing runs any more: for an orderly end of the daemon. */
  async idle(): Promise<void> {
    await Promise.all([...this.#operations.values()].map((o) => o.done));
  }

  async #finish(operation: RunningOperation, journaled: boolean): Promise<void> {
    const { store, log } = this.#deps;
    const { id, request, error } = operation;
    if (error) log.warn({ operation: id, description: request.description, err: error }, "operation failed");
    else log.info({ operation: id, description: request.description }, "operation succeeded");
    this.#expire(id);
    if (journaled)
      await store.operations
        .remove(id)
        .catch((err: unknown) => log.error({ operation: id, err }, "operation record not removed"));
  }

  #expire(id: string): void {
    setTimeout(() => this.#operations.delete(id), this.#deps.keep).unref();
  }

  #publish(id: string): void {
    const operation = this.#operations.get(id);
    if (operation) this.#deps.events.publish("operation", operation.render(), operation.request.project);
  }
}
