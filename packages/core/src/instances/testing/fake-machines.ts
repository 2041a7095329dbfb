import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, InstanceIdentity, InstanceSpec } from "../driver.ts";
import type { Forks, HeldForks, KeptState, SavedStates, StateRequest } from "../saved-state.ts";
import { FakeDriver } from "./fake-driver.ts";

/** A driver whose guests have a memory that can be kept. */
export class FakeMachines extends FakeDriver implements SavedStates, Forks, HeldForks {
  /** What is in memory, by instance. Goes with the run. */
  readonly memory = new Map<InstanceId, string>();
  /** What lies on disk, by directory; outlives a daemon. */
  readonly kept: Map<string, string>;
  refusal: string | undefined;
  readonly letGo: string[] = [];
  failPersonalize: Error | undefined;
  failHold: Error | undefined;
  /** Those that stand ready. Go with the daemon. */
  readonly held = new Map<InstanceId, InstanceSpec>();
  /** Names of those that began as one of them. */
  readonly begunHeld: string[] = [];
  /** Thrown by the next save, after the disks were kept. */
  failSave: Error | undefined;

  constructor(kept: Map<string, string>, ...base: ConstructorParameters<typeof FakeDriver>) {
    super(...base);
    this.kept = kept;
  }

  async stateRefusal(): Promise<string | undefined> {
    return this.refusal;
  }

  async saveState(id: InstanceId, request: StateRequest): Promise<KeptState> {
    const run = this.host.get(id);
    if (!run) throw new LodgeError({ code: "instance_wrong_state", message: `Instance ${id} does not run.` });
    const before = run.paused;
    run.paused = true;
    try {
      await request.still();
      const failure = this.failSave;
      this.failSave = undefined;
      if (failure) throw failure;
      this.kept.set(request.directory, this.memory.get(id) ?? "");
      const kept = { size: 100, stoodStill: 7 };
      if (request.afterwards === "end") {
        await request.whole?.(kept);
        await this.kill(id);
      }
      return kept;
    } finally {
      run.paused = before;
    }
  }

  async letGoOfState(directory: string): Promise<void> {
    this.letGo.push(directory);
  }

  async prepareForks(id: InstanceId): Promise<void> {
    this.memory.set(id, `${this.memory.get(id)}, ready for forks`);
  }

  async personalize({ id, name }: InstanceIdentity): Promise<void> {
    const failure = this.failPersonalize;
    if (failure) {
      await this.kill(id);
      throw failure;
    }
    this.memory.set(id, `${this.memory.get(id)}, now ${name}`);
  }

  async hold(spec: InstanceSpec, _signal?: AbortSignal): Promise<void> {
    const failure = this.failHold;
    if (failure) throw failure;
    this.held.set(spec.id, spec);
    this.host.set(spec.id, { paused: true, devices: new Set() });
  }

  override async prepare(identity: InstanceIdentity) {
    return { ...(await super.prepare(identity)), ...(this.held.has(identity.id) && { made: true as const }) };
  }

  override async release(id: InstanceId): Promise<void> {
    this.held.delete(id);
    await super.release(id);
  }

  override async start(spec: InstanceSpec): Promise<void> {
    const { resume } = spec;
    const held = this.held.get(spec.id);
    this.held.delete(spec.id);
    if (held && spec.resume?.directory !== held.resume?.directory) throw new Error("it is another machine");
    if (held) this.begunHeld.push(spec.name);
    const memory = resume ? this.kept.get(resume.directory) : "";
    if (memory === undefined) {
      throw new LodgeError({ code: "state_unusable", message: "The state cannot be loaded: it is not there." });
    }
    await resume?.loaded?.();
    await super.start(spec);
    this.memory.set(spec.id, memory);
  }
}
