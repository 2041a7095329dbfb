import { readFile } from "node:fs/promises";
import type { ExitReport, InstanceId } from "@lodge/core";
import type { Logger } from "pino";
import { isAlive } from "../../../system/process.ts";
import { lastLines, readConsoleLog } from "./console-log.ts";
import { exitReport } from "./exit-report.ts";
import { readExitStatus, watchExits } from "./exit-watch.ts";
import type { Run } from "./run.ts";
import type { RunPaths } from "./run-paths.ts";

/** Milliseconds between looks for runs whose monitor died and tells nothing. */
const sweepInterval = 2_000;

export interface RunsOptions {
  /** Where conmon writes exit statuses. */
  readonly exits: string;
  /** Called once for each run. */
  readonly exited: (id: InstanceId, report: ExitReport) => void;
  readonly log: Logger;
}

/** The runs that this daemon knows; sees each one's end, whoever ended it, and tells it once. */
export class Runs implements Disposable {
  readonly #runs = new Map<InstanceId, Run>();
  readonly #options: RunsOptions;
  readonly #watcher: ReturnType<typeof watchExits>;
  readonly #timer: NodeJS.Timeout;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#watcher = watchExits(options.exits, (id) => {
      const run = this.#runs.get(id as InstanceId);
      if (run) this.#logged(run, this.#readExit(run));
    });
    this.#timer = setInterval(() => {
      for (const run of this.#runs.values()) this.#logged(run, this.look(run));
    }, sweepInterval).unref();
  }

  get(id: InstanceId): Run | undefined {
    return this.#runs.get(id);
  }

  /** Those of which it is not known that they have ended. */
  running(): Run[] {
    return [...this.#runs.values()].filter(({ over }) => !over);
  }

  /** From now on the run's end is told; at once, when it is over already. */
  async add(run: Run): Promise<void> {
    this.#runs.set(run.id, run);
    await this.look(run);
  }

  delete(id: InstanceId): void {
    this.#runs.delete(id);
  }

  /** Looks whether a run has ended, also when conmon was killed and tells nothing. */
  async look(run: Run): Promise<void> {
    // Of almost all runs at almost all times this is all there is to see: it costs one read of /proc.
    if (run.over || (await isAlive(run.record.init))) return;
    await this.#readExit(run);
    if (run.over || (await isAlive(run.record.monitor))) return;
    // conmon may have written the status just before it went.
    await this.#end(run, await readExitStatus(run.paths.exitStatus));
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
    clearInterval(this.#timer);
  }

  async #readExit(run: Run): Promise<void> {
    const status = await readExitStatus(run.paths.exitStatus);
    if (status !== undefined) await this.#end(run, status);
  }

  async #end(run: Run, status: number | undefined): Promise<void> {
    if (!run.claimEnd()) return;
    const report = await describeEnd(run.paths, status);
    this.#options.log.info({ id: run.id, reason: report.reason, status }, "container ended");
    this.#options.exited(run.id, report);
    run.settle(report);
  }

  #logged(run: Run, look: Promise<void>): void {
    look.catch((error: unknown) => this.#options.log.error({ id: run.id, err: error }, "container cannot be observed"));
  }
}

async function describeEnd(paths: RunPaths, status: number | undefined): Promise<ExitReport> {
  const [killed, console] = await Promise.all([
    readFile(paths.killed).then(
      () => true,
      () => false,
    ),
    readConsoleLog(paths.consoleLog),
  ]);
  return exitReport({ killed, lastLines: lastLines(console, 10), ...(status === undefined ? {} : { status }) });
}
