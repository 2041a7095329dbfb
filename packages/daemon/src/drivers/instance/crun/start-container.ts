import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { isTrue } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceDevice, InstanceSpec } from "@lodge/core";
import { allEnded } from "../../../system/all-ended.ts";
import type { CgroupLimits, Cgroups } from "../../../system/cgroups.ts";
import { outOfMemoryScore } from "../../../system/memory/out-of-memory.ts";
import { namespacePair } from "../../../system/namespace-pair.ts";
import { findProcess, type ProcessIdentity } from "../../../system/process.ts";
import { run } from "../../../system/run.ts";
import { type BundleHost, ociConfig } from "./bundle.ts";
import type { OciMount } from "./bundle-mounts.ts";
import { initEnvironment, isPrivileged } from "./container-config.ts";
import { plugDevice } from "./devices/container-devices.ts";
import { makeDeviceDirectory } from "./devices/place.ts";
import { baseRules } from "./devices/rules.ts";
import { limitsOfDisks } from "./disk-limits.ts";
import { startMonitor, toolEnvironment } from "./monitor.ts";
import { monitorCommand, startCommand } from "./monitor-command.ts";
import type { Lxcfs } from "./proc-view/lxcfs.ts";
import { releaseTerminal } from "./release-terminal.ts";
import type { RunPaths } from "./run-paths.ts";
import { type RunRecord, writeRecord } from "./run-record.ts";

export interface StartRequest {
  readonly spec: InstanceSpec;
  readonly paths: RunPaths;
  /** `lodge-TAG/ID`. */
  readonly cgroupsPath: string;
  readonly cgroups: Cgroups;
  readonly limits: CgroupLimits;
  readonly host: BundleHost;
  readonly lxcfs: Lxcfs;
  readonly signal: AbortSignal;
}

/** Starts a prepared container; resolves when its init runs. What a failure leaves is removed by `release`. */
export async function startContainer(request: StartRequest): Promise<RunRecord> {
  const { spec, paths, cgroups, signal } = request;
  const privileged = isPrivileged(spec.config);
  const nesting = isTrue(spec.config["security.nesting"]);
  const procView = await request.lxcfs.view();
  await Promise.all([
    writeBundle(request, { privileged, nesting, procView: procView.mounts }),
    ...[paths.exitStatus, paths.killed, paths.consoleLog].map((path) => rm(path, { force: true })),
  ]);
  const pid = await startMonitor({
    command: monitorCommand(paths, spec.id, spec.uuid, spec.name),
    log: paths.monitorLog,
    directory: paths.run,
    signal,
  });
  const [init, monitor] = await allEnded([
    identify(pid, "init"),
    adoptMonitor(await readPid(paths.monitorPid), cgroups),
    releaseTerminal(pid),
    setUpGroup(request, privileged, nesting),
    spec.connected,
  ]);
  // Its mount namespace is there, and nothing of the guest's runs in it yet.
  const ids = privileged ? undefined : spec.ids;
  const seen = procView.device !== undefined && { procView: procView.device };
  const holder = { id: spec.id, paths, init, ids, cgroups, base: baseRules(request.host.devices), ...seen };
  for (const device of inMountOrder(spec.devices)) await plugDevice(holder, device);
  const [file = "", ...args] = startCommand(paths, spec.id);
  await run(file, args, { signal, env: toolEnvironment, code: "instance_start_failed" });
  const record = {
    init,
    monitor,
    startedAt: new Date().toISOString(),
    privileged,
    idBase: privileged ? 0 : spec.ids.base,
    ...seen,
  };
  await writeRecord(paths.record, record);
  return record;
}

/** Takes conmon out of the daemon's control group. */
async function adoptMonitor(pid: number, cgroups: Cgroups): Promise<ProcessIdentity> {
  const [monitor] = await Promise.all([identify(pid, "conmon"), cgroups.addMonitor(pid)]);
  return monitor;
}

/** crun makes the group anew, so its limits and owner are set between `create` and `start`. */
async function setUpGroup(
  { spec, limits, cgroups }: StartRequest,
  privileged: boolean,
  nesting: boolean,
): Promise<void> {
  await cgroups.create(spec.id, limits);
  const disks = spec.devices.filter((device) => device.type === "disk");
  const diskLimits = await limitsOfDisks({ root: { ...spec.rootDisk, path: spec.root.path }, disks });
  if (diskLimits.length > 0) await cgroups.limitDisks(spec.id, diskLimits);
  if (!privileged) await cgroups.delegate(spec.id, { uid: spec.ids.base, gid: spec.ids.base, nesting });
}

async function writeBundle(
  { spec, paths, cgroupsPath, host }: StartRequest,
  { privileged, nesting, procView }: { privileged: boolean; nesting: boolean; procView: readonly OciMount[] },
): Promise<void> {
  if (spec.root.kind !== "directory") {
    throw new LodgeError({
      code: "instance_start_failed",
      message: `The root of ${spec.name} is a disk; a container needs a directory.`,
    });
  }
  for (const directory of [paths.bundle, paths.executions, paths.logs]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await makeDeviceDirectory(paths);
  const config = ociConfig({
    name: spec.name,
    uuid: spec.uuid,
    rootPath: spec.root.path,
    namespaces: namespacePair(paths.namespaces, privileged),
    cgroupsPath,
    deviceDirectory: paths.devices,
    procView,
    environment: initEnvironment(spec.config),
    nesting,
    outOfMemoryScore: outOfMemoryScore(spec.config),
    host,
  });
  await writeFile(paths.configuration, JSON.stringify(config), { mode: 0o600 });
}

/** A directory before what is mounted beneath it. */
function inMountOrder(devices: readonly InstanceDevice[]): InstanceDevice[] {
  const depth = (device: InstanceDevice) => (device.type === "disk" ? (device.path ?? "").split("/").length : 0);
  return devices.toSorted((a, b) => depth(a) - depth(b));
}

async function readPid(path: string): Promise<number> {
  return Number(await readFile(path, "utf8"));
}

async function identify(pid: number, what: string): Promise<ProcessIdentity> {
  const found = await findProcess(pid);
  if (!found)
    throw new LodgeError({ code: "instance_start_failed", message: `The container's ${what} ended at once.` });
  return { pid, startTime: found.startTime };
}
