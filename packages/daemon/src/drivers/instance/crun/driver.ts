/** System containers by crun, watched over by conmon. */
import { mkdir, rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { parseSize } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import {
  type AttachedDisk,
  type AttachedNic,
  type ConsoleSession,
  type DevicePlugging,
  type DiskLimitsSeen,
  type DriverEvents,
  type DriverInfo,
  type ExecRequest,
  type ExecSession,
  formatSize,
  type GovernedMemory,
  type GuestFiles,
  type InstanceDevice,
  type InstanceDriver,
  type InstanceId,
  type InstanceIdentity,
  type InstanceSpec,
  inParallel,
  type LiveDiskLimits,
  type LiveLimits,
  type LiveRoot,
  type LiveRoots,
  type Measurements,
  type Measuring,
  type MemoryDemand,
  type NicPlace,
  type Observation,
  type PreparedRoot,
  type RootDisk,
  stopped,
  type Use,
} from "@lodge/core";
import type { Logger } from "pino";
import { type CgroupLimits, type Cgroups, MemoryInUse } from "../../../system/cgroups.ts";
import type { CpuPlaces } from "../../../system/cpus/cpu-places.ts";
import { type CpuRequest, cpuRequest } from "../../../system/cpus/cpu-request.ts";
import { cpusOfNodes, hostCpus } from "../../../system/host-cpus.ts";
import { inPieces } from "../../../system/in-pieces.ts";
import { GovernedGroups } from "../../../system/memory/governed-groups.ts";
import { hostSwaps } from "../../../system/memory/host-swap.ts";
import { createNamespacePair, removeNamespacePair } from "../../../system/namespace-pair.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { type HostProcess, listProcesses } from "../../../system/process-list.ts";
import { run as runTool } from "../../../system/run.ts";
import type { BundleHost } from "./bundle.ts";
import { readBundleHost } from "./bundle-host.ts";
import { layCloudInitSeed } from "./cloud-init.ts";
import { openConsole } from "./console.ts";
import { clearConsoleLog, readConsoleLog, readMonitorLog } from "./console-log.ts";
import { isPrivileged } from "./container-config.ts";
import { containerFiles } from "./container-files.ts";
import { containerLimits } from "./container-limits.ts";
import { type DeviceHolder, plugDevice, pluggedDevices, unplugDevice } from "./devices/container-devices.ts";
import { removeDeviceDirectory } from "./devices/place.ts";
import { baseRules } from "./devices/rules.ts";
import { limitsOfDisks, limitsSeen, rootPathOf } from "./disk-limits.ts";
import { foundRuns, removeStrayGroups } from "./earlier-runs.ts";
import { endWatchers, killContainer } from "./ending.ts";
import { startSession } from "./exec-session.ts";
import { layFiles } from "./lay-files.ts";
import { endExecutions, endRuntimeProcesses } from "./leftovers.ts";
import { containerUse, measureContainer } from "./measure.ts";
import { observeContainer } from "./observe.ts";
import { powerOff } from "./power-off.ts";
import { Lxcfs } from "./proc-view/lxcfs.ts";
import { Run } from "./run.ts";
import { exitDirectory, type RunPaths, runPaths } from "./run-paths.ts";
import { readRecord } from "./run-record.ts";
import { Runs } from "./runs.ts";
import { startContainer } from "./start-container.ts";
import { Stillness } from "./stillness.ts";

/** Runs of an earlier daemon that are taken over at the same time. */
const atOnce = 8;
/** Ids of every container. */
const idRangeSize = 65_536;

export interface CrunDriverOptions {
  readonly paths: LodgePaths;
  readonly cgroups: Cgroups;
  readonly cpus: CpuPlaces;
  readonly events: DriverEvents;
  readonly log: Logger;
}

export type CrunDriver = InstanceDriver &
  DevicePlugging &
  GovernedMemory &
  LiveLimits &
  LiveDiskLimits &
  LiveRoots &
  Measuring &
  Disposable;

/** Makes the driver; it watches for exits from now on, and takes over earlier runs with `reconcile`. */
export function createCrunDriver(options: CrunDriverOptions): CrunDriver {
  return new Containers(options);
}

class Containers implements CrunDriver {
  readonly type = "container";
  readonly pluggable = ["disk", "gpu", "nic", "unix-block", "unix-char", "usb"];
  readonly #paths: LodgePaths;
  readonly #cgroups: Cgroups;
  readonly #events: DriverEvents;
  readonly #log: Logger;
  readonly #runs: Runs;
  readonly #stillness: Stillness;
  readonly #cpus: CpuPlaces;
  readonly #governed: GovernedGroups;
  readonly #lxcfs: Lxcfs;
  #host: Promise<BundleHost> | undefined;
  #executions = 0;

  constructor({ paths, cgroups, cpus, events, log }: CrunDriverOptions) {
    this.#paths = paths;
    this.#cgroups = cgroups;
    this.#stillness = new Stillness(cgroups);
    this.#governed = new GovernedGroups({
      ...{ memory: cgroups.memory, clock: () => performance.now(), swaps: hostSwaps, hostMemory: totalmem() },
    });
    this.#events = events;
    this.#log = log.child({ driver: "crun" });
    this.#cpus = cpus;
    this.#lxcfs = new Lxcfs({ paths, cgroups, log: this.#log });
    this.#runs = new Runs({
      exits: exitDirectory(paths),
      exited: (id, report) => events.exited(id, report),
      log: this.#log,
    });
  }

  async info(): Promise<DriverInfo> {
    const version = /^crun version (\S+)/.exec(await runTool("crun", ["--version"]))?.[1] ?? "unknown";
    return { name: "crun", version, screens: false };
  }

  async prepare(identity: InstanceIdentity): Promise<NicPlace> {
    const paths = this.#pathsOf(identity.id);
    await mkdir(paths.run, { recursive: true, mode: 0o711 });
    const ids = isPrivileged(identity.config) ? undefined : identity.ids;
    const pair = await createNamespacePair(paths.namespaces, ids);
    return { kind: "namespace", path: pair.network };
  }

  async start(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    const paths = this.#pathsOf(spec.id);
    if (spec.laid) await layFiles(spec, spec.laid);
    if (spec.seed) await layCloudInitSeed(spec, spec.seed);
    const host = await this.#hostFacts();
    const cgroupsPath = `/lodge-${this.#paths.tag}/${spec.id}`;
    const limits = await this.#limits(spec.id, spec.config);
    const parts = { cgroupsPath, cgroups: this.#cgroups, host, lxcfs: this.#lxcfs };
    const record = await startContainer({ spec, paths, limits, signal, ...parts });
    this.#log.info({ instance: spec.name, id: spec.id, pid: record.init.pid }, "container started");
    this.#events.ready(spec.id);
    await this.#runs.add(new Run(spec.id, paths, record));
  }

  async shutdown(id: InstanceId): Promise<void> {
    await powerOff(this.#running(id).record.init);
    // A frozen init would never see it.
    await this.#cgroups.thaw(id);
  }

  async kill(id: InstanceId): Promise<void> {
    const run = this.#runs.get(id);
    if (run) await killContainer(run, this.#runs, this.#cgroups);
  }

  async pause(id: InstanceId): Promise<void> {
    this.#running(id);
    await this.#cgroups.freeze(id);
  }

  async resume(id: InstanceId): Promise<void> {
    this.#running(id);
    await this.#cgroups.thaw(id);
  }

  async observe(id: InstanceId): Promise<Observation> {
    const run = this.#runs.get(id);
    return run && !run.over ? observeContainer(run, this.#cgroups, this.#stillness) : stopped;
  }

  async measure(id: InstanceId): Promise<Measurements | undefined> {
    const run = this.#runs.get(id);
    const statistics = run && !run.over ? await this.#cgroups.statistics(id) : undefined;
    if (!run || !statistics) return undefined;
    return measureContainer(run.record.init.pid, statistics);
  }

  async uses(): Promise<ReadonlyMap<InstanceId, Use>> {
    return inPieces(this.#runs.running(), ({ id, record }) =>
      containerUse(record.init.pid, this.#cgroups.counters(id)),
    );
  }

  async exec(id: InstanceId, request: ExecRequest): Promise<ExecSession> {
    const run = this.#running(id);
    await this.#stillness.over(id);
    if (await this.#cgroups.frozen(id)) {
      throw new LodgeError({ code: "instance_not_ready", message: "The container is paused; resume it first." });
    }
    const name = `${process.pid}-${++this.#executions}`;
    const failed = (message: string) =>
      this.#log.error({ id, message, command: request.command[0] }, "crun exec failed");
    const session = await startSession({ run, request, host: await this.#hostFacts(), name, failed });
    run.track(session.exit);
    return session;
  }

  async console(id: InstanceId): Promise<ConsoleSession> {
    const run = this.#running(id);
    try {
      return await openConsole(run.paths);
    } catch (cause) {
      throw new LodgeError({
        code: "instance_operation_failed",
        message: "The container's monitor (conmon) does not answer; restart the container to get its console back.",
        cause,
      });
    }
  }

  consoleLog(id: InstanceId): Promise<Buffer> {
    return readConsoleLog(this.#pathsOf(id).consoleLog);
  }

  clearConsoleLog(id: InstanceId): Promise<void> {
    return clearConsoleLog(this.#pathsOf(id).consoleLog);
  }

  runtimeLog(id: InstanceId): Promise<Buffer> {
    return readMonitorLog(this.#pathsOf(id).monitorLog);
  }

  files(identity: InstanceIdentity, root: PreparedRoot | undefined): Promise<GuestFiles> {
    return containerFiles(identity, this.#runs.get(identity.id), root);
  }

  async plug({ id }: InstanceIdentity, device: InstanceDevice): Promise<void> {
    await plugDevice(await this.#holder(this.#running(id)), device);
  }

  async unplug(id: InstanceId, name: string): Promise<void> {
    await unplugDevice(await this.#holder(this.#running(id)), name);
  }

  /** The network's driver puts the interface into the container's namespace, and takes it away. */
  async plugNic(_id: InstanceId, _nic: AttachedNic): Promise<void> {}

  async unplugNic(_id: InstanceId, _name: string): Promise<void> {}

  async plugged(id: InstanceId): Promise<string[]> {
    return pluggedDevices(await this.#holder(this.#running(id)));
  }

  async setLimits({ id, name, config }: InstanceIdentity): Promise<void> {
    this.#running(id);
    try {
      await this.#cgroups.limit(id, await this.#limits(id, config));
    } catch (cause) {
      if (!(cause instanceof MemoryInUse)) throw cause;
      throw new LodgeError({
        code: "limit_in_use",
        message: `Instance "${name}" uses more memory than ${formatSize(parseSize(config["limits.memory"] ?? "") ?? 0)}; stop it first, or allow it more.`,
        cause,
      });
    }
  }

  async setDiskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device" | "limits">,
    disks: readonly AttachedDisk[],
  ): Promise<void> {
    const { paths } = this.#running(id);
    const limits = await limitsOfDisks({ root: { ...root, path: await rootPathOf(paths) }, disks });
    await this.#cgroups.limitDisks(id, limits);
  }

  async diskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device">,
    disks: readonly AttachedDisk[],
  ): Promise<Readonly<Record<string, DiskLimitsSeen>>> {
    const { paths } = this.#running(id);
    const place = { device: root.device, path: await rootPathOf(paths) };
    return limitsSeen({ root: place, disks }, await this.#cgroups.diskLimits(id));
  }

  async memoryDemand(id: InstanceId): Promise<MemoryDemand | undefined> {
    const run = this.#runs.get(id);
    return run && !run.over ? this.#governed.demand(id) : undefined;
  }

  async setMemoryTarget(id: InstanceId, bytes: number): Promise<number> {
    const run = this.#runs.get(id);
    if (!run || run.over) throw notRunning();
    return this.#governed.setTarget(id, bytes);
  }

  async releaseMemoryTarget(id: InstanceId): Promise<void> {
    await this.#governed.release(id);
  }

  liveRoot(id: InstanceId): LiveRoot {
    const run = this.#runs.get(id);
    if (!run || run.over) throw notRunning();
    return { still: (work) => this.#stillness.hold(run, work) };
  }

  async release(id: InstanceId): Promise<void> {
    const paths = this.#pathsOf(id);
    const run = this.#runs.get(id);
    await this.kill(id);
    await this.#cpus.free(id);
    if (run) await endWatchers(run);
    // A start that failed or was cut short has recorded nothing.
    else await endRuntimeProcesses(paths);
    await this.#cgroups.remove(id);
    await removeNamespacePair(paths.namespaces);
    removeDeviceDirectory(paths);
    await Promise.all([rm(paths.run, { recursive: true, force: true }), rm(paths.exitStatus, { force: true })]);
    this.#governed.forget(id);
    this.#runs.delete(id);
  }

  async reconcile(instances: readonly InstanceIdentity[]): Promise<void> {
    const known = new Map(instances.map((identity) => [identity.id, identity]));
    const processes = await listProcesses();
    await inParallel(await foundRuns(this.#paths), atOnce, (id) => this.#takeOver(id, known.get(id), processes));
    await removeStrayGroups(this.#paths, this.#cgroups);
    if (this.#runs.running().length === 0) await this.#lxcfs.end(processes);
  }

  async #takeOver(
    id: InstanceId,
    identity: InstanceIdentity | undefined,
    processes: readonly HostProcess[],
  ): Promise<void> {
    const paths = this.#pathsOf(id);
    await endExecutions(paths, processes, await this.#cgroups.processes(id));
    const record = identity && (await readRecord(paths.record));
    if (!record) return this.release(id);
    this.#log.info({ instance: identity.name, id, pid: record.init.pid }, "container found again");
    const run = new Run(id, paths, record);
    this.#cgroups.memory.adopt(id, containerLimits(identity.config).softMemory);
    // CPUs that the host does not have any more count for nobody.
    await this.#cpus.adopt(id, await this.#cpuRequest(identity.config).catch(() => undefined));
    await this.#stillness.end(run);
    await this.#runs.add(run);
  }

  async forget(id: InstanceId): Promise<void> {
    await rm(this.#paths.instance(id), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.#runs[Symbol.dispose]();
  }

  async #limits(id: InstanceId, config: InstanceIdentity["config"]): Promise<CgroupLimits> {
    const cpuSet = await this.#cpus.place(id, await this.#cpuRequest(config));
    return { ...containerLimits(config), ...(cpuSet && { cpuSet }) };
  }

  async #cpuRequest(config: InstanceIdentity["config"]): Promise<CpuRequest | undefined> {
    return cpuRequest(config, { available: await hostCpus(), nodes: await cpusOfNodes() });
  }

  #running(id: InstanceId): Run {
    const run = this.#runs.get(id);
    if (run && !run.over) return run;
    throw new LodgeError({ code: "instance_not_ready", message: "The container is not running; start it first." });
  }

  async #holder({ id, paths, record }: Run): Promise<DeviceHolder> {
    const ids = record.privileged ? undefined : { base: record.idBase, size: idRangeSize };
    const base = baseRules((await this.#hostFacts()).devices);
    return { id, paths, ...record, ids, cgroups: this.#cgroups, base };
  }

  #hostFacts(): Promise<BundleHost> {
    this.#host ??= readBundleHost(this.#cgroups, this.#paths);
    return this.#host;
  }

  #pathsOf(id: InstanceId): RunPaths {
    return runPaths(this.#paths, id);
  }
}

function notRunning(): LodgeError {
  return new LodgeError({ code: "instance_wrong_state", message: "The container is not running; try again." });
}
