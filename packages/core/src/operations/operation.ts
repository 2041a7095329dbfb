import {
  asLodgeError,
  LodgeError,
  type Operation,
  type OperationClass,
  type OperationStatus,
  operationStatus,
} from "@lodge/api";
import { inProject } from "../project-url.ts";

/** What an operation is about, known when it begins. */
export interface OperationRequest {
  readonly description: string;
  /** By noun, without the project: `{instances: ["/1.0/instances/web"]}`. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  readonly project: string;
  readonly class?: OperationClass;
  /** Default true. */
  readonly cancellable?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Handed to the work of an operation. */
export interface OperationContext {
  readonly id: string;
  /** Aborted when the operation is cancelled. */
  readonly signal: AbortSignal;
  /** Merges into the metadata that clients see. `*_progress` values are strings. */
  report(metadata: Readonly<Record<string, unknown>>): void;
  /** Registers how to unmake what was just made; run in reverse order on failure or cancel, never on success. */
  undo(step: string, unmake: () => Promise<void>): void;
}

/** The result that becomes the operation's final metadata; nothing for none. */
export type OperationWork = (context: OperationContext) => Promise<Readonly<Record<string, unknown>> | undefined>;

interface Undo {
  readonly step: string;
  readonly unmake: () => Promise<void>;
}

/** One operation under way or finished; it changes only through its own methods. */
export class RunningOperation {
  readonly id: string;
  readonly request: OperationRequest;
  readonly createdAt: Date;
  readonly done: Promise<void>;
  readonly #changed: () => void;
  readonly #now: () => Date;
  readonly #abort = new AbortController();
  readonly #undo: Undo[] = [];
  #updatedAt: Date;
  #status: OperationStatus = "Running";
  #metadata: Readonly<Record<string, unknown>>;
  #error: LodgeError | undefined;

  constructor(id: string, request: OperationRequest, work: OperationWork, now: () => Date, changed: () => void) {
    this.id = id;
    this.request = request;
    this.#now = now;
    this.#changed = changed;
    this.createdAt = now();
    this.#updatedAt = this.createdAt;
    this.#metadata = request.metadata ?? {};
    this.done = this.#run(work);
  }

  get finished(): boolean {
    return operationStatus[this.#status] >= operationStatus.Success;
  }

  get error(): LodgeError | undefined {
    return this.#error;
  }

  /** Asks the work to stop; it then rolls back and ends as Cancelled. */
  cancel(): void {
    if (this.finished || this.request.cancellable === false || this.#status === "Cancelling") {
      throw new LodgeError({
        code: "operation_not_cancellable",
        message: `Operation ${this.id} (${this.request.description}) is ${this.#status} and cannot be cancelled.`,
      });
    }
    this.#change("Cancelling");
    this.#abort.abort();
  }

  render(): Operation {
    return {
      id: this.id,
      class: this.request.class ?? "task",
      description: this.request.description,
      created_at: this.createdAt.toISOString(),
      updated_at: this.#updatedAt.toISOString(),
      status: this.#status,
      status_code: operationStatus[this.#status],
      resources: Object.fromEntries(
        Object.entries(this.request.resources).map(([noun, urls]) => [
          noun,
          urls.map((path) => inProject(path, this.request.project)),
        ]),
      ),
      metadata: { ...this.#metadata },
      may_cancel: !this.finished && this.request.cancellable !== false,
      err: this.#error?.message ?? "",
      err_code: this.#error?.code ?? "",
      location: "none",
    };
  }

  async #run(work: OperationWork): Promise<void> {
    try {
      // Let the caller see the operation as running before the work can end it.
      await Promise.resolve();
      const result = await work({
        id: this.id,
        signal: this.#abort.signal,
        report: (metadata) => this.#merge(metadata),
        undo: (step, unmake) => this.#undo.push({ step, unmake }),
      });
      if (result) this.#metadata = { ...this.#metadata, ...result };
      this.#change("Success");
    } catch (error) {
      const cancelled = this.#abort.signal.aborted;
      this.#error = cancelled ? this.#cancelledError(error) : asLodgeError(error);
      const failures = await this.#rollBack();
      if (failures.length > 0) {
        const left = failures.map((f) => `${f.step}: ${f.message}`).join("; ");
        this.#error = new LodgeError({
          code: this.#error.code,
          message: `${this.#error.message} Undoing it failed in part (${left}).`,
          cause: this.#error,
        });
      }
      this.#change(cancelled ? "Cancelled" : "Failure");
    }
  }

  async #rollBack(): Promise<{ step: string; message: string }[]> {
    const failures: { step: string; message: string }[] = [];
    for (const { step, unmake } of this.#undo.reverse()) {
      try {
        await unmake();
      } catch (error) {
        failures.push({ step, message: asLodgeError(error).message });
      }
    }
    return failures;
  }

  #cancelledError(cause: unknown): LodgeError {
    return new LodgeError({
      code: "operation_cancelled",
      message: `${this.request.description} was cancelled; what it had done was undone.`,
      cause,
    });
  }

  #merge(metadata: Readonly<Record<string, unknown>>): void {
    this.#metadata = { ...this.#metadata, ...metadata };
    this.#change(this.#status);
  }

  #change(status: OperationStatus): void {
    this.#status = status;
    this.#updatedAt = this.#now();
    this.#changed();
  }
}
