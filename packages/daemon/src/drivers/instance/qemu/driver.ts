import type { Duplex } from "node:stream";
import {
  type AttachedDisk,
  type ConsoleSession,
  type DevicePlugging,
  type DiskGrowth,
  type DiskLimitsSeen,
  type DriverEvents,
  type DriverInfo,
  type ExecRequest,
  type ExecSession,
  type Forks,
  type GovernedMemory,
  type GuestFiles,
  type HeldForks,
  type InstanceDevice,
  type InstanceDriver,
  type InstanceId,
  type InstanceIdentity,
  type InstanceNic,
  type InstanceSpec,
  type KeptState,
  type KeyStep,
  type LiveDiskLimits,
  type LiveLimits,
  type LiveRoot,
  type LiveRoots,
  type Measurements,
  type Measuring,
  type MemoryDemand,
  machineSize,
  type NicPlace,
  type Observation,
  type Progress,
  type RootDisk,
  type SavedStates,
  type Screens,
  type StateRequest,
  type StateUse,
  stopped,
  type Use,
} from "@lodge/core";
import type { Logger } from "pino";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { CpuPlaces } from "../../../system/cpus/cpu-places.ts";
import { inPieces } from "../../../system/in-pieces.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import type { AcceleratorProvider } from "./accelerator/verdict.ts";
import { beginRun, diskLimitsOf, type RunPlace } from "./begin-run.ts";
import { limitDisks, limitsSeen } from "./disk-limits.ts";
import { execEarly } from "./guest/early-exec.ts";
import { execInGuest } from "./guest/exec.ts";
import { openGuestFiles } from "./guest/files.ts";
import { nodeName } from "./hardware/device.ts";
import { pressKeys } from "./keyboard.ts";
import { QemuLiveDisk } from "./live/live-disk.ts";
import { whileQuiesced } from "./live/quiesce.ts";
import { namedCpusOf } from "./machine-limits.ts";
import { Machines } from "./machines.ts";
import { machineUse, measureMachine } from "./measure.ts";
import { GovernedMachines } from "./memory/governed-machines.ts";
import { observeMachine } from "./observe.ts";
import { Passthrough } from "./passthrough/passthrough.ts";
import { LiveDevices } from "./plugging/live-devices.ts";
import { askToPowerOff } from "./power-off.ts";
import { QemuProgram } from "./program.ts";
import { asOperation, wrongState } from "./refusal.ts";
import { recordedRuns } from "./run-directory.ts";
import { connectScreen } from "./screen-socket.ts";
import { takeScreenshot } from "./screenshot.ts";
import { LiveSize } from "./size/live-size.ts";
import { setClock } from "./state/clock.ts";
import { QemuForks } from "./state/forks.ts";
import { HeldRuns } from "./state/held-runs.ts";
import { holderGroup } from "./state/holder.ts";
import { QemuStates } from "./state/saved-states.ts";

export interface QemuDriverOptions {
  readonly paths: LodgePaths;
  readonly cgroups: Cgroups;
  readonly cpus: CpuPlaces;
  readonly events: DriverEvents;
  readonly accelerator: AcceleratorProvider;
  readonly log: Logger;
  /** The folder of the image definitions' guest trees: a foreign guest with cloud-init gets the same files. */
  readonly guestTrees: string;
  /** Default: `qemu-system-x86_64` on PATH. */
  readonly program?: string;
}

/** All that this driver can do. */
type VirtualMachines = InstanceDriver &
  Screens &
  DevicePlugging &
  DiskGrowth &
  GovernedMemory &
  LiveDiskLimits &
  LiveLimits &
  LiveRoots &
  SavedStates &
  Forks &
  HeldForks &
  Measuring &
  AsyncDisposable;

/** Runs virtual machines with QEMU. */
export function createQemuDriver(options: QemuDriverOptions): VirtualMachines {
  return new QemuDriver(options);
}

class QemuDriver implements VirtualMachines {
  readonly type = "virtual-machine";
  readonly pluggable = LiveDevices.pluggable;
  readonly #options: QemuDriverOptions;
  readonly #program: QemuProgram;
  readonly #passthrough: Passthrough;
  readonly #devices: LiveDevices;
  readonly #states: QemuStates;
  readonly #forks: QemuForks;
  readonly #size: LiveSize;
  readonly #governed: GovernedMachines;
  readonly #held: HeldRuns;
  readonly #machines: Machines;

  constructor(options: QemuDriverOptions) {
    this.#options = options;
    this.#program = new QemuProgram(options.program);
    const { cgroups, log } = options;
    this.#governed = new GovernedMachines({ memory: cgroups.memory, clock: () => performance.now() });
    const machines = new Machines({ ...options, governed: this.#governed });
    this.#machines = machines;
    const machine = (id: InstanceId) => machines.running(id);
    this.#size = new LiveSize({ machine, cgroups });
    this.#states = new QemuStates({ machine, program: this.#program.file, cgroups, log });
    this.#passthrough = new Passthrough(options);
    this.#held = new HeldRuns((id, report) => options.events.exited(id, report));
    const find = { machine, files: (id: InstanceId) => machines.files(id) };
    this.#devices = new LiveDevices(find, options.cgroups, this.#passthrough);
    this.#forks = new QemuForks({ ...find, devices: this.#devices, guestTrees: options.guestTrees, log: options.log });
  }

  /** Lets go of everything that runs, which runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.endAll();
    this.#machines[Symbol.dispose]();
    this.#states.memories[Symbol.dispose]();
  }

  async info(): Promise<DriverInfo> {
    return { name: "qemu", version: await this.#program.version(), screens: true };
  }

  async prepare({ id, ids }: InstanceIdentity): Promise<NicPlace> {
    return { kind: "tap", uid: ids.base, ...(this.#held.has(id) && { made: true }) };
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    if (this.#machines.get(spec.id)) throw wrongState(spec.name, "is running already");
    await this.#machines.ending(spec.id);
    using _forking = spec.resume?.as === "fork" ? this.#machines.turns.hold() : undefined;
    const place = this.#place(spec);
    const { qmp, later, ...run } = (await this.#held.claim(spec, place)) ?? (await beginRun(spec, place, signal));
    const vm = this.#machines.watch(spec, { directory: place.directory, answered: false, ...run });
    vm.connect(qmp);
    for (const disk of later) await this.#devices.plug(spec, disk);
    if (later.some(({ limits }) => limits)) await limitDisks(qmp, diskLimitsOf(spec));
    await this.#options.cpus.place(spec.id, await namedCpusOf(spec.config));
    if (spec.resume?.as === "same") void setClock(vm, place.log);
  }

  async hold(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    await this.#held.hold(spec, this.#place(spec), signal);
  }

  async shutdown(id: InstanceId): Promise<void> {
    const vm = this.#machines.running(id);
    await asOperation(id, () => askToPowerOff(vm, vm.directory.agent));
  }

  async kill(id: InstanceId): Promise<void> {
    await this.#held.end(id);
    await this.#machines.get(id)?.kill();
    await this.#machines.ending(id);
  }

  async pause(id: InstanceId): Promise<void> {
    await asOperation(id, () => this.#machines.running(id).qmp().execute("stop"));
  }

  async resume(id: InstanceId): Promise<void> {
    await asOperation(id, () => this.#machines.running(id).qmp().execute("cont"));
  }

  async observe(id: InstanceId): Promise<Observation> {
    const vm = this.#machines.get(id);
    return vm ? observeMachine(vm, await this.#options.cgroups.usage(id)) : stopped;
  }

  async measure(id: InstanceId): Promise<Measurements | undefined> {
    const vm = this.#machines.get(id);
    const statistics = vm && (await this.#options.cgroups.statistics(id));
    return vm && statistics && measureMachine(vm, statistics);
  }

  async uses(): Promise<ReadonlyMap<InstanceId, Use>> {
    return inPieces(this.#machines.all, ({ id, vm }) => machineUse(vm, this.#options.cgroups.counters(id)));
  }

  async exec(id: InstanceId, request: ExecRequest): Promise<ExecSession> {
    const vm = this.#machines.running(id);
    vm.requireTurn();
    if (vm.early && !request.terminal) return execEarly(vm.early, request);
    return execInGuest(await vm.reach(), request);
  }

  async console(id: InstanceId): Promise<ConsoleSession> {
    return this.#machines.running(id).console.open();
  }

  consoleLog(id: InstanceId): Promise<Buffer> {
    return this.#machines.files(id).consoleLog.tail();
  }

  clearConsoleLog(id: InstanceId): Promise<void> {
    return this.#machines.files(id).consoleLog.clear();
  }

  runtimeLog(id: InstanceId): Promise<Buffer> {
    return this.#machines.files(id).runtimeLog.tail();
  }

  async files({ id }: InstanceIdentity): Promise<GuestFiles> {
    return openGuestFiles(await this.#machines.running(id).reach());
  }

  async screenshot(id: InstanceId): Promise<Buffer> {
    const vm = this.#machines.running(id);
    return asOperation(id, () => takeScreenshot(vm.qmp(), vm.directory.screen));
  }

  async viewScreen(id: InstanceId): Promise<Duplex> {
    return connectScreen(this.#machines.running(id).directory.vnc);
  }

  async pressKeys(id: InstanceId, steps: readonly KeyStep[], signal: AbortSignal): Promise<void> {
    const vm = this.#machines.running(id);
    if ((await vm.state()) === "paused") throw wrongState(id, "is paused and takes no keys; resume it first");
    await asOperation(id, () => pressKeys(vm.qmp(), steps, signal));
  }

  plug(identity: InstanceIdentity, device: InstanceDevice): Promise<void> {
    return this.#devices.plug(identity, device);
  }

  unplug(id: InstanceId, name: string): Promise<void> {
    return this.#devices.unplug(id, name);
  }

  plugNic(id: InstanceId, nic: InstanceNic): Promise<void> {
    return this.#devices.plugNic(id, nic);
  }

  unplugNic(id: InstanceId, name: string): Promise<void> {
    return this.#devices.unplugNic(id, name);
  }

  plugged(id: InstanceId): Promise<readonly string[]> {
    return this.#devices.plugged(id);
  }

  async resizeDisk(id: InstanceId, device: string, size: number): Promise<void> {
    const disk = { "node-name": nodeName(device), size };
    await asOperation(id, () => this.#machines.running(id).qmp().execute("block_resize", disk));
  }

  async setDiskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device" | "limits">,
    disks: readonly AttachedDisk[],
  ): Promise<void> {
    const limits = new Map([[root.device, root.limits], ...disks.map((disk) => [disk.name, disk.limits] as const)]);
    await asOperation(id, () => limitDisks(this.#machines.running(id).qmp(), limits));
  }

  /** A QEMU that hangs must not hold up what asks of all others. */
  async diskLimits(id: InstanceId): Promise<Readonly<Record<string, DiskLimitsSeen>>> {
    return limitsSeen(await this.#machines.running(id).qmp().executeWithin(1_000, "query-block"));
  }

  async setLimits(identity: InstanceIdentity): Promise<void> {
    const { memory } = machineSize(identity.config);
    await this.#governed.configure(identity.id, memory, () => this.#size.setLimits(identity));
    await this.#options.cpus.place(identity.id, await namedCpusOf(identity.config));
  }

  memoryDemand(id: InstanceId): Promise<MemoryDemand | undefined> {
    return this.#governed.demand(id);
  }

  setMemoryTarget(id: InstanceId, bytes: number): Promise<number> {
    return asOperation(id, () => this.#governed.setTarget(id, bytes));
  }

  releaseMemoryTarget(id: InstanceId): Promise<void> {
    return asOperation(id, () => this.#governed.release(id));
  }

  stateRefusal(id: InstanceId, use: StateUse): Promise<string | undefined> {
    return this.#states.stateRefusal(id, use);
  }

  saveState(id: InstanceId, request: StateRequest, progress: Progress, signal: AbortSignal): Promise<KeptState> {
    return this.#states.saveState(id, request, progress, signal);
  }

  letGoOfState(directory: string): Promise<void> {
    return this.#states.letGoOfState(directory);
  }

  prepareForks(id: InstanceId, memory: number): Promise<void> {
    return this.#forks.prepareForks(id, memory);
  }

  async personalize(identity: InstanceIdentity, signal: AbortSignal): Promise<void> {
    using _forking = this.#machines.turns.hold();
    await this.#forks.personalize(identity, signal);
  }

  liveRoot(id: InstanceId): LiveRoot {
    const vm = this.#machines.running(id);
    const log = this.#options.log.child({ id });
    return {
      still: (work) => whileQuiesced(vm, log, work),
      disk: new QemuLiveDisk(id, () => vm.qmp(), vm.record.rootDevice),
    };
  }

  async release(id: InstanceId): Promise<void> {
    await this.kill(id);
    const directory = this.#machines.directory(id);
    if ((await directory.record()) === undefined) return;
    await this.#passthrough.release(id);
    await this.#options.cpus.free(id);
    await this.#options.cgroups.remove(id);
    await directory.remove();
  }

  async reconcile(instances: readonly InstanceIdentity[]): Promise<void> {
    await this.#options.cgroups.remove(holderGroup);
    const wanted = new Map(instances.map((identity) => [identity.id, identity]));
    const runs = await recordedRuns(this.#options.paths);
    await Promise.all(
      runs.map((id) => {
        const identity = wanted.get(id);
        return identity ? this.#machines.adopt(identity) : this.release(id);
      }),
    );
  }

  async forget(id: InstanceId): Promise<void> {
    await this.#machines.files(id).remove();
  }

  #place({ id, name }: InstanceIdentity): RunPlace {
    const { accelerator, cgroups, guestTrees } = this.#options;
    const planners = { program: this.#program, accelerator, passthrough: this.#passthrough };
    const { memories } = this.#states;
    const log = this.#options.log.child({ instance: name, id });
    return {
      planners,
      cgroups,
      memories,
      files: this.#machines.files(id),
      directory: this.#machines.directory(id),
      guestTrees,
      log,
    };
  }
}
