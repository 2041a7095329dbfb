import type { Duplex } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
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
import type { Client } from "ssh2";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { CpuPlaces } from "../../../system/cpus/cpu-places.ts";
import { hostBootId } from "../../../system/host-boot-id.ts";
import { inPieces } from "../../../system/in-pieces.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import type { AcceleratorProvider } from "./accelerator/verdict.ts";
import { beginRun, diskLimitsOf, type RunPlace } from "./begin-run.ts";
import { limitDisks, limitsSeen } from "./disk-limits.ts";
import { exitReport } from "./exit-report.ts";
import { execEarly } from "./guest/early-exec.ts";
import { execInGuest } from "./guest/exec.ts";
import { openGuestFiles } from "./guest/files.ts";
import { layNoted, layPatience } from "./guest/lay-files.ts";
import { runBySsh } from "./guest/run-by-ssh.ts";
import { Turns } from "./guest/turns.ts";
import { nodeName } from "./hardware/device.ts";
import { findProcess } from "./host-process.ts";
import { InstanceFiles } from "./instance-files.ts";
import { pressKeys } from "./keyboard.ts";
import { QemuLiveDisk } from "./live/live-disk.ts";
import { endStillness, whileQuiesced } from "./live/quiesce.ts";
import { namedCpusOf } from "./machine-limits.ts";
import { machineUse, measureMachine } from "./measure.ts";
import { GovernedMachines } from "./memory/governed-machines.ts";
import { observeMachine } from "./observe.ts";
import { Passthrough } from "./passthrough/passthrough.ts";
import { LiveDevices } from "./plugging/live-devices.ts";
import { askToPowerOff } from "./power-off.ts";
import { QemuProgram } from "./program.ts";
import { asOperation } from "./refusal.ts";
import { RunDirectory, type RunRecord, recordedRuns } from "./run-directory.ts";
import { connectScreen } from "./screen-socket.ts";
import { takeScreenshot } from "./screenshot.ts";
import { mountShares } from "./shares/guest-mount.ts";
import { shareGroup } from "./shares/serve-share.ts";
import { LiveSize } from "./size/live-size.ts";
import { takeBeginning } from "./size/settle-guest.ts";
import { setClock } from "./state/clock.ts";
import { QemuForks } from "./state/forks.ts";
import { HeldRuns } from "./state/held-runs.ts";
import { holderGroup } from "./state/holder.ts";
import { QemuStates } from "./state/saved-states.ts";
import { endStandstill } from "./state/standstill.ts";
import { tpmGroup } from "./tpm/swtpm.ts";
import { VirtualMachine } from "./virtual-machine.ts";

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

/** Runs virtual machines with QEMU. */
export function createQemuDriver(
  options: QemuDriverOptions,
): InstanceDriver &
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
  AsyncDisposable {
  return new QemuDriver(options);
}

/** Milliseconds between looks at the size of the logs. */
const trimInterval = 10_000;

class QemuDriver
  implements
    InstanceDriver,
    Screens,
    DevicePlugging,
    DiskGrowth,
    GovernedMemory,
    LiveDiskLimits,
    LiveLimits,
    LiveRoots,
    SavedStates,
    Forks,
    HeldForks,
    Measuring,
    AsyncDisposable
{
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
  readonly #machines = new Map<InstanceId, VirtualMachine>();
  /** Ends that are being reported: what they report on must stay until then. */
  readonly #endings = new Map<InstanceId, Promise<void>>();
  readonly #turns = new Turns();
  readonly #trimming: NodeJS.Timeout;

  constructor(options: QemuDriverOptions) {
    this.#options = options;
    this.#program = new QemuProgram(options.program);
    const machine = (id: InstanceId) => this.#running(id);
    const { cgroups, log } = options;
    this.#size = new LiveSize({ machine, cgroups });
    this.#governed = new GovernedMachines({ memory: cgroups.memory, clock: () => performance.now() });
    this.#states = new QemuStates({ machine, program: this.#program.file, cgroups, log });
    this.#passthrough = new Passthrough(options);
    this.#held = new HeldRuns((id, report) => options.events.exited(id, report));
    const find = { machine: (id: InstanceId) => this.#running(id), files: (id: InstanceId) => this.#files(id) };
    this.#devices = new LiveDevices(find, options.cgroups, this.#passthrough);
    this.#forks = new QemuForks({ ...find, devices: this.#devices, guestTrees: options.guestTrees, log: options.log });
    this.#trimming = setInterval(() => void this.#trimLogs(), trimInterval).unref();
  }

  /** Lets go of everything that runs, which runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.endAll();
    clearInterval(this.#trimming);
    for (const vm of this.#machines.values()) vm.disconnect();
    this.#machines.clear();
    this.#states.memories[Symbol.dispose]();
  }

  async info(): Promise<DriverInfo> {
    return { name: "qemu", version: await this.#program.version(), screens: true };
  }

  async prepare({ id, ids }: InstanceIdentity): Promise<NicPlace> {
    return { kind: "tap", uid: ids.base, ...(this.#held.has(id) && { made: true }) };
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    if (this.#machines.has(spec.id)) throw wrongState(spec.name, "is running already");
    await this.#endings.get(spec.id);
    using _forking = spec.resume?.as === "fork" ? this.#turns.hold() : undefined;
    const place = this.#place(spec);
    const { qmp, later, ...run } = (await this.#held.claim(spec, place)) ?? (await beginRun(spec, place, signal));
    const vm = this.#watch(spec, { directory: place.directory, answered: false, ...run });
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
    const vm = this.#running(id);
    await asOperation(id, () => askToPowerOff(vm.qmp(), vm.directory.agent));
  }

  async kill(id: InstanceId): Promise<void> {
    await this.#held.end(id);
    await this.#machines.get(id)?.kill();
    await this.#endings.get(id);
  }

  async pause(id: InstanceId): Promise<void> {
    await asOperation(id, () => this.#running(id).qmp().execute("stop"));
  }

  async resume(id: InstanceId): Promise<void> {
    await asOperation(id, () => this.#running(id).qmp().execute("cont"));
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
    return inPieces(
      [...this.#machines].map(([id, vm]) => ({ id, vm })),
      ({ id, vm }) => machineUse(vm, this.#options.cgroups.counters(id)),
    );
  }

  async exec(id: InstanceId, request: ExecRequest): Promise<ExecSession> {
    const vm = this.#running(id);
    if (vm.early && !request.terminal) return execEarly(vm.early, request);
    return execInGuest(await vm.reach(), request);
  }

  async console(id: InstanceId): Promise<ConsoleSession> {
    return this.#running(id).console.open();
  }

  consoleLog(id: InstanceId): Promise<Buffer> {
    return this.#files(id).consoleLog.tail();
  }

  clearConsoleLog(id: InstanceId): Promise<void> {
    return this.#files(id).consoleLog.clear();
  }

  runtimeLog(id: InstanceId): Promise<Buffer> {
    return this.#files(id).runtimeLog.tail();
  }

  async files({ id }: InstanceIdentity): Promise<GuestFiles> {
    return openGuestFiles(await this.#running(id).reach());
  }

  async screenshot(id: InstanceId): Promise<Buffer> {
    const vm = this.#running(id);
    return asOperation(id, () => takeScreenshot(vm.qmp(), vm.directory.screen));
  }

  async viewScreen(id: InstanceId): Promise<Duplex> {
    return connectScreen(this.#running(id).directory.vnc);
  }

  async pressKeys(id: InstanceId, steps: readonly KeyStep[], signal: AbortSignal): Promise<void> {
    const vm = this.#running(id);
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
    await asOperation(id, () => this.#running(id).qmp().execute("block_resize", disk));
  }

  async setDiskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device" | "limits">,
    disks: readonly AttachedDisk[],
  ): Promise<void> {
    const limits = new Map([[root.device, root.limits], ...disks.map((disk) => [disk.name, disk.limits] as const)]);
    await asOperation(id, () => limitDisks(this.#running(id).qmp(), limits));
  }

  /** A QEMU that hangs must not hold up what asks of all others. */
  async diskLimits(id: InstanceId): Promise<Readonly<Record<string, DiskLimitsSeen>>> {
    return limitsSeen(await this.#running(id).qmp().executeWithin(1_000, "query-block"));
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

  prepareForks(id: InstanceId): Promise<void> {
    return this.#forks.prepareForks(id);
  }

  async personalize(identity: InstanceIdentity, signal: AbortSignal): Promise<void> {
    using _forking = this.#turns.hold();
    await this.#forks.personalize(identity, signal);
  }

  liveRoot(id: InstanceId): LiveRoot {
    const vm = this.#running(id);
    const log = this.#options.log.child({ id });
    return {
      still: (work) => whileQuiesced(vm, log, work),
      disk: new QemuLiveDisk(id, () => vm.qmp(), vm.record.rootDevice),
    };
  }

  async release(id: InstanceId): Promise<void> {
    await this.kill(id);
    const directory = this.#directory(id);
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
        return identity ? this.#adopt(identity) : this.release(id);
      }),
    );
  }

  async forget(id: InstanceId): Promise<void> {
    await this.#files(id).remove();
  }

  /** Finds the QEMU of a recorded run again: it is what is in the instance's cgroup. Without one, the run has ended. */
  async #adopt(identity: InstanceIdentity): Promise<void> {
    const { id } = identity;
    if (this.#machines.has(id)) return;
    const directory = this.#directory(id);
    const record = await directory.record();
    if (!record) return;
    const { cgroups, cpus } = this.#options;
    const groups = [tpmGroup(id), ...(await directory.shares.list()).map(({ name }) => shareGroup(id, name))];
    const beside = (await Promise.all(groups.map((group) => cgroups.processes(group)))).flat();
    const pid = (await cgroups.processes(id)).find((each) => !beside.includes(each));
    const process = pid === undefined ? undefined : await findProcess(pid);
    if (!process) return this.#reportEnd(id, directory, record, undefined);
    const { privateKey } = await this.#files(id).sshKey();
    const answered = await directory.hasAnswered();
    const vm = this.#watch(identity, { directory, record, process, privateKey, answered });
    vm.connect();
    await cpus.adopt(id, await namedCpusOf(identity.config).catch(() => undefined));
    const log = this.#options.log.child({ instance: identity.name, id });
    void endStillness(vm, log);
    await endStandstill(vm, log);
  }

  #watch(
    { id, name, config }: InstanceIdentity,
    machine: Omit<
      ConstructorParameters<typeof VirtualMachine>[0],
      "name" | "log" | "turns" | "greet" | "ready" | "stalled"
    >,
  ): VirtualMachine {
    const log = this.#options.log.child({ instance: name, id });
    const vm: VirtualMachine = new VirtualMachine({
      ...{ ...machine, name, log, turns: this.#turns },
      greet: (client) => this.#greet(vm, client, id, log),
      ready: () => this.#options.events.ready(id),
      stalled: (problem) => this.#options.events.stalled?.(id, problem),
    });
    this.#machines.set(id, vm);
    this.#governed.begin(id, vm, machineSize(config).memory);
    const ending = vm.ended.then(async (status) => {
      this.#machines.delete(id);
      this.#governed.end(id);
      await this.#reportEnd(id, machine.directory, machine.record, status);
    });
    const settled = ending
      .catch((error: unknown) => log.error({ err: error }, "cannot report the end of a run"))
      .finally(() => this.#endings.delete(id));
    this.#endings.set(id, settled);
    return vm;
  }

  async #greet(vm: VirtualMachine, client: Client, id: InstanceId, log: Logger): Promise<void> {
    const bySsh = (input: string) => runBySsh(client, { command: "exec /bin/sh -s", input, patience: layPatience });
    await layNoted(vm.directory, bySsh, log);
    await mountShares(client, vm.directory.shares, log);
    try {
      const taken = await takeBeginning(vm, log);
      // The next run has all of it from its boot on.
      if (!taken) await this.#files(id).recordHardware({ fixedMemory: true });
    } catch (err) {
      log.warn({ err }, "what a guest has taken into use is not known");
    }
  }

  async #reportEnd(
    id: InstanceId,
    directory: RunDirectory,
    record: RunRecord,
    status: number | undefined,
  ): Promise<void> {
    const report = exitReport({
      log: (await this.#files(id).runtimeLog.tail()).toString("utf8"),
      killRequested: await directory.killRequested(),
      hostRestarted: record.hostBoot !== (await hostBootId()),
      ...(status !== undefined && { status }),
    });
    this.#options.events.exited(id, report);
  }

  async #trimLogs(): Promise<void> {
    const logs = [...this.#machines.keys()].map((id) => this.#files(id));
    for (const { consoleLog, runtimeLog, shareLog, tpmLog } of logs) {
      await Promise.all([consoleLog, runtimeLog, shareLog, tpmLog].map((log) => log.trim())).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, "cannot cut the logs of a virtual machine");
      });
    }
  }

  #place({ id, name }: InstanceIdentity): RunPlace {
    const { accelerator, cgroups, guestTrees } = this.#options;
    const planners = { program: this.#program, accelerator, passthrough: this.#passthrough };
    const { memories } = this.#states;
    const log = this.#options.log.child({ instance: name, id });
    return { planners, cgroups, memories, files: this.#files(id), directory: this.#directory(id), guestTrees, log };
  }

  #running(id: InstanceId): VirtualMachine {
    const vm = this.#machines.get(id);
    if (vm) return vm;
    throw wrongState(id, "is not running; start it first");
  }

  #files(id: InstanceId): InstanceFiles {
    return new InstanceFiles(this.#options.paths, id);
  }

  #directory(id: InstanceId): RunDirectory {
    return new RunDirectory(this.#options.paths, id);
  }
}

function wrongState(instance: string, problem: string): LodgeError {
  return new LodgeError({ code: "instance_wrong_state", message: `The instance ${instance} ${problem}.` });
}
