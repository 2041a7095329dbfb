import type { ExitReport, InstanceId } from "@lodge/core";
import type { RunPaths } from "./run-paths.ts";
import type { RunRecord } from "./run-record.ts";

export interface OpenFiles {
  /** May be called more than once. */
  close(): Promise<void>;
  readonly closed: Promise<void>;
}

/** A container that has been started and not released, as this daemon knows it. */
export class Run {
  readonly id: InstanceId;
  readonly paths: RunPaths;
  readonly record: RunRecord;
  /** Resolves after the exit has been told to the core. */
  readonly ended: Promise<ExitReport>;
  readonly #settle: (report: ExitReport) => void;
  readonly #executions = new Set<Promise<void>>();
  readonly #files = new Set<OpenFiles>();
  #over = false;

  constructor(id: InstanceId, paths: RunPaths, record: RunRecord) {
    this.id = id;
    this.paths = paths;
    this.record = record;
    const { promise, resolve } = Promise.withResolvers<ExitReport>();
    this.ended = promise;
    this.#settle = resolve;
  }

  /** Whether init has ended, as far as has been noticed. */
  get over(): boolean {
    return this.#over;
  }

  /** True for the first caller only: it makes and tells the report. */
  claimEnd(): boolean {
    if (this.#over) return false;
    this.#over = true;
    return true;
  }

  /** A command of `exec`, until it ends. */
  track(exit: Promise<number>): void {
    const entry = exit.then(
      () => void this.#executions.delete(entry),
      () => void this.#executions.delete(entry),
    );
    this.#executions.add(entry);
  }

  /** Files of the running container: whoever has them open would keep its file systems. */
  use(files: OpenFiles): void {
    this.#files.add(files);
    void files.closed.then(() => this.#files.delete(files));
    void this.ended.then(() => files.close());
  }

  async filesClosed(): Promise<void> {
    await Promise.all([...this.#files].map((files) => files.close()));
  }

  async executionsEnded(): Promise<void> {
    await Promise.all(this.#executions);
  }

  settle(report: ExitReport): void {
    this.#settle(report);
  }
}
