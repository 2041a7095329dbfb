import type { ExitReport, InstanceId, InstanceSpec } from "@lodge/core";
import { type BegunRun, claimRun, type LoadedRun, loadRun, type RunPlace } from "../begin-run.ts";
import { signalProcess } from "../host-process.ts";

/** Forks that have their state and wait for the launch that is to be them. They end with the daemon: at its end, or when the next one begins. */
export class HeldRuns {
  readonly #runs = new Map<InstanceId, LoadedRun>();
  readonly #exited: (id: InstanceId, report: ExitReport) => void;

  constructor(exited: (id: InstanceId, report: ExitReport) => void) {
    this.#exited = exited;
  }

  has(id: InstanceId): boolean {
    return this.#runs.has(id);
  }

  async hold(spec: InstanceSpec, place: RunPlace, signal: AbortSignal): Promise<void> {
    const { id } = spec;
    const run = await loadRun(spec, place, signal, "own");
    this.#runs.set(id, run);
    void run.started.exited.then(() => {
      if (this.#runs.get(id) !== run) return;
      this.#runs.delete(id);
      this.#exited(id, { reason: "crash", detail: "QEMU ended before anybody needed it" });
    });
  }

  /** Undefined: none is held of this identity. One that is not what is asked for is ended, and the caller told by an error. */
  async claim(spec: InstanceSpec, place: RunPlace): Promise<BegunRun | undefined> {
    const held = this.#runs.get(spec.id);
    if (!held) return undefined;
    this.#runs.delete(spec.id);
    try {
      const begun = await claimRun(held, spec, place);
      if (begun) return begun;
    } catch (error) {
      await endRun(held);
      throw error;
    }
    await endRun(held);
    throw new Error("the machine that was held ready is not the one that is to begin");
  }

  /** Idempotent. */
  async end(id: InstanceId): Promise<void> {
    const held = this.#runs.get(id);
    this.#runs.delete(id);
    if (held) await endRun(held);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.end(id)));
  }
}

async function endRun({ started: { process, exited, qmp } }: LoadedRun): Promise<void> {
  await signalProcess(process, "SIGKILL");
  await exited;
  qmp.close();
}
