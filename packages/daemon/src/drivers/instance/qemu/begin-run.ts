import { isDeepStrictEqual } from "node:util";
import { type AttachedDisk, type InstanceSpec, machineSize } from "@lodge/core";
import type { Logger } from "pino";
import type { Cgroups } from "../../../system/cgroups.ts";
import { hostBootId } from "../../../system/host-boot-id.ts";
import { makeSeedDisk } from "./cloud-init/seed-disk.ts";
import { DiskFiles } from "./disk-file.ts";
import { type LimitsByDisk, limitDisks } from "./disk-limits.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { limitsOfMachine } from "./machine-limits.ts";
import type { Beginning } from "./open-machine.ts";
import { UsbFiles } from "./passthrough/usb-files.ts";
import { pinProcessor } from "./processor-pin.ts";
import type { RunDirectory, RunRecord } from "./run-directory.ts";
import { machineFacts, type Planners, planRun, type RunPlan } from "./run-plan.ts";
import { tellShares } from "./shares/serve-share.ts";
import { type StartedQemu, startQemu } from "./start.ts";
import type { LoadRequest } from "./state/load.ts";
import { machineRecord } from "./state/machine-record.ts";
import { forkRecord, planResumption, resumedGrowth } from "./state/plan-resumption.ts";
import { openResumption, resume } from "./state/resume.ts";
import type { SharedMemories } from "./state/shared-memories.ts";

/** What a start needs of the host, and where it leaves what it makes. */
export interface RunPlace {
  readonly planners: Planners;
  readonly cgroups: Cgroups;
  readonly memories: SharedMemories;
  readonly files: InstanceFiles;
  readonly directory: RunDirectory;
  /** The folder of the image definitions' guest trees. */
  readonly guestTrees: string;
  readonly log: Logger;
}

export interface BegunRun extends StartedQemu {
  readonly record: RunRecord;
  readonly privateKey: string;
  /** Disks that the machine is still to get. */
  readonly later: readonly AttachedDisk[];
}

/** A QEMU whose processors run, or which has its state and stands still. */
export interface LoadedRun {
  readonly started: StartedQemu;
  readonly plan: RunPlan;
  readonly record: RunRecord;
  readonly later: readonly AttachedDisk[];
  readonly state?: LoadRequest;
}

/** Plans and starts a run; resolves when the guest's processors run, or stand still as they did when their state was kept. */
export async function beginRun(spec: InstanceSpec, place: RunPlace, signal: AbortSignal): Promise<BegunRun> {
  return goOnWith(spec, await loadRun(spec, place, signal), place);
}

/** As `beginRun`, but for that a machine with a state does not go on. `taps`: those of the nics are there, or are made with it. */
export async function loadRun(
  spec: InstanceSpec,
  place: RunPlace,
  signal: AbortSignal,
  taps: Beginning["taps"] = "attached",
): Promise<LoadedRun> {
  const { files, directory, planners, cgroups } = place;
  await files.create();
  const state = spec.resume && (await openResumption(spec, spec.resume, place.memories));
  const { attached, shares } = await tellShares(spec.devices);
  const { first, later } = await wantedDisks(spec, attached, place, state);
  await using disks = await DiskFiles.open(first);
  await using usb = await UsbFiles.open(spec.devices.filter((device) => device.type === "usb"));
  const plan = state
    ? await planResumption(spec, state.record, disks, files, planners)
    : await planRun(spec, disks, shares, files, planners);
  const record = await runRecord(spec, plan, state);
  await directory.create(record, spec.ids.base);
  if (spec.laid) await directory.noteLaid(spec.laid);
  await planners.passthrough.noteUsb(spec.id, usb.all);
  await planners.passthrough.take(spec.id, plan.passthrough, spec.ids.base);
  const started = await startQemu(
    { spec, plan, directory, files, disks, usb, shares, taps, ...(state && { state }) },
    cgroups,
    signal,
  );
  return { started, plan, record, later, ...(state && { state }) };
}

/** Goes on with a machine that was loaded without other disks for one that may be of another name and size. Undefined: that is another machine. */
export async function claimRun(held: LoadedRun, spec: InstanceSpec, place: RunPlace): Promise<BegunRun | undefined> {
  const { files, directory, planners, cgroups } = place;
  if (spec.resume?.as !== "fork" || spec.resume.directory !== held.state?.directory.path) return undefined;
  const state = await openResumption(spec, spec.resume, place.memories);
  const { attached, shares } = await tellShares(spec.devices);
  const { first, later } = await wantedDisks(spec, attached, place, state);
  if (first.length > 0 || shares.length > 0) return undefined;
  await using disks = await DiskFiles.open([]);
  const plan = await planResumption(spec, state.record, disks, files, planners);
  const record = await runRecord(spec, plan, state);
  if (!isDeepStrictEqual(record.machine, held.record.machine)) return undefined;
  await cgroups.create(spec.id, await limitsOfMachine(spec.config));
  await directory.create(record, spec.ids.base);
  if (spec.laid) await directory.noteLaid(spec.laid);
  return goOnWith(spec, { ...held, plan, record, later, state }, place);
}

async function goOnWith(
  spec: InstanceSpec,
  { started, plan, record, later, state }: LoadedRun,
  place: RunPlace,
): Promise<BegunRun> {
  const { files, log } = place;
  const limits = diskLimitsOf(spec);
  if (limits.size > 0) await limitDisks(started.qmp, limits);
  const pin = () => pinProcessor(started.qmp, plan, files, log);
  if (state) {
    await resume(started.qmp, place, state, resumedGrowth(spec, state.record));
    // The guest need not wait for it.
    void pin();
  } else await pin();
  log.debug({ machine: plan.machine, resumed: state !== undefined }, "QEMU runs");
  return { ...started, record, privateKey: plan.key.privateKey, later };
}

/** Of those disks that have limits. */
export function diskLimitsOf({ rootDisk, devices }: InstanceSpec): LimitsByDisk {
  const disks = devices.filter((device) => device.type === "disk");
  const all = [{ name: rootDisk.device, limits: rootDisk.limits }, ...disks];
  return new Map(all.filter(({ limits }) => limits).map(({ name, limits }) => [name, limits]));
}

/** Those that a state does not know come when the machine runs. */
async function wantedDisks(
  spec: InstanceSpec,
  attached: readonly AttachedDisk[],
  { files, guestTrees }: RunPlace,
  state: LoadRequest | undefined,
): Promise<{ readonly first: AttachedDisk[]; readonly later: AttachedDisk[] }> {
  const seed = spec.seed && (await makeSeedDisk(files.seedDisk, spec.seed, guestTrees));
  const disks = [...attached, ...(seed ? [seed] : [])];
  if (!state) return { first: disks, later: [] };
  const known = state.record.machine.layout.disks.map(({ name }) => name);
  const [first = [], later = []] = [true, false].map((is) => disks.filter(({ name }) => known.includes(name) === is));
  return { first, later };
}

async function runRecord(spec: InstanceSpec, plan: RunPlan, state: LoadRequest | undefined): Promise<RunRecord> {
  const fork = state?.resumption.as === "fork" ? forkRecord(spec, state.record) : undefined;
  return {
    ...{ hardware: machineFacts(plan), ports: plan.layout.portCount, rootDevice: spec.rootDisk.device },
    ...{ memory: machineSize(spec.config).memory, startedAt: new Date().toISOString(), hostBoot: await hostBootId() },
    sharedMemory: plan.layout.shares.length > 0,
    machine: machineRecord(spec, plan),
    ...(fork && { fork }),
  };
}
