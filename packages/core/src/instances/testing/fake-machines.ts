import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, InstanceIdentity, InstanceSpec } from "../driver.ts";
import type { Forks, KeptState, SavedStates, StateRequest } from "../saved-state.ts";
import { FakeDriver } from "./fake-driver.ts";

/** A driver whose guests have a memory that can be kept. */
export class FakeMachines extends FakeDriver implements SavedStates, Forks {
  /** What is in memory, by instance. Goes with the run. */
  readonly memory = new Map<InstanceId, string>();
  /** What lies on disk, by directory; outlives a daemon. */
  readonly kept: Map<string, string>;
  refusal: string | undefined;
  readonly letGo: string[] = [];
  failPersonalize: Error | undefined;
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

  override async start(spec: InstanceSpec): Promise<void> {
    const { resume } = spec;
    const memory = resume ? this.kept.get(resume.directory) : "";
    if (memory === undefined) {
      throw new LodgeError({ code: "state_unusable", message: "The state cannot be loaded: it is not there." });
    }
    await resume?.loaded?.();
    await super.start(spec);
    this.memory.set(spec.id, memory);
  }
}
