import { PassThrough } from "node:stream";
import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedNic } from "../../networks/network.ts";
import type { LiveRoot } from "../../storage/snapshots.ts";
import type { AttachedDisk, InstanceDevice } from "../devices/device.ts";
import type { RootDisk } from "../devices/disks.ts";
import type { DiskLimits, DiskLimitsSeen } from "../devices/io-limits.ts";
import type {
  ConsoleSession,
  DevicePlugging,
  DriverEvents,
  ExecRequest,
  ExecSession,
  ExitReport,
  GuestFiles,
  InstanceDriver,
  InstanceId,
  InstanceIdentity,
  InstanceSpec,
  LiveDiskLimits,
  LiveLimits,
  LiveRoots,
  Observation,
} from "../driver.ts";
import { stopped } from "../stopped.ts";

/** What the host has of a run. */
export interface FakeRun {
  paused: boolean;
  /** Names of its devices and nics. */
  readonly devices: Set<string>;
}

/**
 * Instances that run only in memory. `host` stands for the host's processes: a second driver over the same host is the
 * next daemon.
 */
export class FakeDriver implements InstanceDriver, DevicePlugging, LiveLimits, LiveDiskLimits, LiveRoots {
  readonly pluggable = ["disk", "nic"];
  readonly type: InstanceType;
  readonly host: Map<InstanceId, FakeRun>;
  readonly prepared = new Set<InstanceId>();
  readonly forgotten: InstanceId[] = [];
  /** What was asked for by the last start of each. */
  readonly specs = new Map<string, InstanceSpec>();
  /** The memory limits that were set of a running instance, one after the other. */
  readonly limits: (string | undefined)[] = [];
  /** The limits of disks that were set of a running instance last, by device. */
  limitedDisks: Readonly<Record<string, RootDisk["limits"]>> = {};
  /** Plugging a device of this name fails. */
  failPlug: string | undefined;
  /** Makes the next start fail. */
  failStart: LodgeError | undefined;
  /** A guest that does not react to being asked to power off. */
  deaf = false;
  readonly #events: DriverEvents;

  constructor(type: InstanceType, events: DriverEvents, host = new Map<InstanceId, FakeRun>()) {
    this.type = type;
    this.#events = events;
    this.host = host;
  }

  async setLimits({ id, config }: InstanceIdentity): Promise<void> {
    this.#run(id);
    this.limits.push(config["limits.memory"]);
  }

  async setDiskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device" | "limits">,
    disks: readonly AttachedDisk[],
  ): Promise<void> {
    this.#run(id);
    const all = [{ name: root.device, limits: root.limits }, ...disks];
    this.limitedDisks = Object.fromEntries(all.flatMap(({ name, limits }) => (limits ? [[name, limits]] : [])));
  }

  async diskLimits(): Promise<Record<string, DiskLimitsSeen>> {
    const seen = ({ read, write }: DiskLimits = {}) => ({
      ...(read && { [read.unit === "bytes" ? "readBytes" : "readOperations"]: read.amount }),
      ...(write && { [write.unit === "bytes" ? "writeBytes" : "writeOperations"]: write.amount }),
    });
    return Object.fromEntries(Object.entries(this.limitedDisks).map(([name, limits]) => [name, seen(limits)]));
  }

  liveRoot(id: InstanceId): LiveRoot {
    const run = this.#run(id);
    return {
      still: async (work) => {
        const before = run.paused;
        run.paused = true;
        try {
          return await work();
        } finally {
          run.paused = before;
        }
      },
    };
  }

  /** The guest ends by itself. */
  end(id: InstanceId, report: ExitReport): void {
    if (this.host.delete(id)) this.#events.exited(id, report);
  }

  async info() {
    return { name: "fake", version: "1", screens: false };
  }

  async prepare({ id }: InstanceIdentity) {
    // It takes its time.
    await new Promise(setImmediate);
    this.prepared.add(id);
    // As a driver of virtual machines: it has nics of its own, beyond what the network made.
    return { kind: "tap" as const, uid: 1 };
  }

  async start(spec: InstanceSpec): Promise<void> {
    const failure = this.failStart;
    this.failStart = undefined;
    if (failure) throw failure;
    this.specs.set(spec.id, spec);
    const names = [...spec.devices.map(({ name }) => name), ...spec.nics.map(({ device }) => device)];
    this.host.set(spec.id, { paused: false, devices: new Set(names) });
    this.#events.ready(spec.id);
  }

  async shutdown(id: InstanceId): Promise<void> {
    if (!this.deaf) this.end(id, { reason: "shutdown", status: 0, detail: "" });
  }

  async kill(id: InstanceId): Promise<void> {
    this.end(id, { reason: "killed", detail: "" });
  }

  async pause(id: InstanceId): Promise<void> {
    this.#run(id).paused = true;
  }

  async resume(id: InstanceId): Promise<void> {
    this.#run(id).paused = false;
  }

  async observe(id: InstanceId): Promise<Observation> {
    const run = this.host.get(id);
    if (!run) return stopped;
    return { ...stopped, status: run.paused ? "Frozen" : "Running", ready: true, pid: 42, processes: 1 };
  }

  async exec(id: InstanceId, request: ExecRequest): Promise<ExecSession> {
    this.#run(id);
    const stdout = new PassThrough();
    stdout.end(request.command.join(" "));
    const stdin = new PassThrough();
    return {
      stdin,
      stdout,
      stderr: new PassThrough().end(),
      resize() {},
      signal() {},
      exit: Promise.resolve(0),
      close() {},
    };
  }

  async console(id: InstanceId): Promise<ConsoleSession> {
    this.#run(id);
    return { stream: new PassThrough(), resize() {}, close() {} };
  }

  async consoleLog(): Promise<Buffer> {
    return Buffer.from("");
  }

  async clearConsoleLog(): Promise<void> {}

  async runtimeLog(): Promise<Buffer> {
    return Buffer.from("");
  }

  async files(): Promise<GuestFiles> {
    throw new LodgeError({ code: "not_supported", message: "The fake driver has no files." });
  }

  async plug({ id }: InstanceIdentity, { name }: InstanceDevice): Promise<void> {
    this.#add(id, name);
  }

  async unplug(id: InstanceId, name: string): Promise<void> {
    this.#run(id).devices.delete(name);
  }

  async plugNic(id: InstanceId, { device }: AttachedNic): Promise<void> {
    this.#add(id, device);
  }

  async unplugNic(id: InstanceId, name: string): Promise<void> {
    this.#run(id).devices.delete(name);
  }

  async plugged(id: InstanceId): Promise<string[]> {
    return [...this.#run(id).devices];
  }

  async release(id: InstanceId): Promise<void> {
    this.prepared.delete(id);
    this.host.delete(id);
  }

  async reconcile(instances: readonly InstanceIdentity[]): Promise<void> {
    const known = new Set(instances.map(({ id }) => id));
    for (const id of this.host.keys()) if (!known.has(id)) this.host.delete(id);
  }

  async forget(id: InstanceId): Promise<void> {
    this.forgotten.push(id);
  }

  #add(id: InstanceId, name: string): void {
    if (name === this.failPlug) throw new LodgeError({ code: "device_plug_failed", message: `No room for ${name}.` });
    this.#run(id).devices.add(name);
  }

  #run(id: InstanceId): FakeRun {
    const run = this.host.get(id);
    if (!run) throw new LodgeError({ code: "instance_not_ready", message: `Instance ${id} does not run.` });
    return run;
  }
}
