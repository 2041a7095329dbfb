import { type AttachedDisk, type InstanceSpec, machineSize } from "@lodge/core";
import type { Logger } from "pino";
import type { Cgroups } from "../../../system/cgroups.ts";
import { hostBootId } from "../../../system/host-boot-id.ts";
import { makeSeedDisk } from "./cloud-init/seed-disk.ts";
import { DiskFiles } from "./disk-file.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { UsbFiles } from "./passthrough/usb-files.ts";
import { pinProcessor } from "./processor-pin.ts";
import type { RunDirectory, RunRecord } from "./run-directory.ts";
import { machineFacts, type Planners, planRun, type RunPlan } from "./run-plan.ts";
import { tellShares } from "./shares/serve-share.ts";
import { type StartedQemu, startQemu } from "./start.ts";
import type { LoadRequest } from "./state/load.ts";
import { machineRecord } from "./state/machine-record.ts";
import { forkRecord, planResumption } from "./state/plan-resumption.ts";
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

/** Plans and starts a run; resolves when the guest's processors run, or stand still as they did when their state was kept. */
export async function beginRun(spec: InstanceSpec, place: RunPlace, signal: AbortSignal): Promise<BegunRun> {
  const { files, directory, planners, cgroups, log } = place;
  await files.create();
  const state = spec.resume && (await openResumption(spec, spec.resume, place.memories));
  const { attached, shares } = await tellShares(spec.devices);
  const { first, later } = await wantedDisks(spec, attached, place, state);
  await using disks = await DiskFiles.open(first);
  await using usb = await UsbFiles.open(spec.devices.filter((device) => device.type === "usb"));
  const plan = state
    ? await planResumption(spec, state.record, disks, files, planners)
    : await planRun(spec, disks, shares, files, planners);
  const fork = state && spec.resume?.as === "fork" ? forkRecord(spec, state.record) : undefined;
  const record = { ...(await runRecord(spec, plan)), ...(fork && { fork }) };
  await directory.create(record, spec.ids.base);
  await planners.passthrough.noteUsb(spec.id, usb.all);
  await planners.passthrough.take(spec.id, plan.passthrough, spec.ids.base);
  const started = await startQemu(
    { spec, plan, directory, files, disks, usb, shares, ...(state && { state }) },
    cgroups,
    signal,
  );
  const pin = () => pinProcessor(started.qmp, plan, files, log);
  if (state) {
    await resume(started.qmp, place, state, fork?.growth);
    // The guest need not wait for it.
    void pin();
  } else await pin();
  log.debug({ machine: plan.machine, resumed: state !== undefined }, "QEMU runs");
  return { ...started, record, privateKey: plan.key.privateKey, later };
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

async function runRecord(spec: InstanceSpec, plan: RunPlan): Promise<RunRecord> {
  return {
    ...{ hardware: machineFacts(plan), ports: plan.layout.portCount, rootDevice: spec.rootDisk.device },
    ...{ memory: machineSize(spec.config).memory, startedAt: new Date().toISOString(), hostBoot: await hostBootId() },
    sharedMemory: plan.layout.shares.length > 0,
    machine: machineRecord(spec, plan),
  };
}
