import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { chmod, chown, stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceSpec } from "@lodge/core";
import { connectQmp, type QmpClient } from "@lodge/qmp";
import type { Cgroups } from "../../../system/cgroups.ts";
import { openTap } from "../../../system/tap.ts";
import { kvmGroups } from "./accelerator/kvm-device.ts";
import type { Accelerator } from "./accelerator/verdict.ts";
import { type Boot, type MachineNic, qemuArguments } from "./command-line.ts";
import { lastWords } from "./exit-report.ts";
import { findProcess, type HostProcess } from "./host-process.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { inherited, launch } from "./launch.ts";
import { listenUnix } from "./listener.ts";
import { diskRoot, machineSize, processLimits, type TapNic, tapNics } from "./machine-spec.ts";
import type { RunDirectory } from "./run-directory.ts";

/** What was decided for a run before it starts. */
export interface RunPlan {
  readonly program: string;
  readonly machine: string;
  readonly accelerator: Accelerator;
  readonly boot: Boot;
  readonly sshKey: string;
}

export interface StartedQemu {
  readonly process: HostProcess;
  readonly exited: Promise<number | undefined>;
  readonly qmp: QmpClient;
}

/** Milliseconds for QEMU to read its command line and greet. */
const greetingPatience = 30_000;

/**
 * Starts QEMU for an instance whose run directory stands; resolves when its CPUs run. When that fails nothing of it runs any
 * more; cgroup and files are left to `release`.
 */
export async function startQemu(
  spec: InstanceSpec,
  plan: RunPlan,
  directory: RunDirectory,
  files: InstanceFiles,
  cgroups: Cgroups,
  signal: AbortSignal,
): Promise<StartedQemu> {
  await giveDisk(diskRoot(spec).path, spec.ids.base);
  await cgroups.create(spec.id, processLimits(machineSize(spec.config)));
  signal.throwIfAborted();
  const child = await spawnQemu(spec, plan, directory, files, cgroups);
  const exited = exitStatus(child);
  try {
    const qmp = await connectQmp({ path: directory.qmp, timeout: greetingPatience, signal });
    const process = await findProcess(child.pid ?? 0);
    if (!process) throw new Error("QEMU ended at once");
    return { process, exited, qmp };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    signal.throwIfAborted();
    throw await startFailure(spec.name, files, error);
  }
}

async function spawnQemu(
  spec: InstanceSpec,
  plan: RunPlan,
  directory: RunDirectory,
  files: InstanceFiles,
  cgroups: Cgroups,
): Promise<ChildProcess> {
  await using open = new Descriptors();
  const log = open.hold(await files.runtimeLog.begin());
  const descriptors = {
    qmp: open.pass(listenUnix(directory.qmp)),
    agent: open.pass(listenUnix(directory.agent)),
    ssh: open.pass(listenUnix(directory.ssh)),
    console: open.pass(listenUnix(directory.console)),
    consoleLog: open.pass(await files.consoleLog.begin()),
  };
  const nics = tapNics(spec).map((nic) => openNic(nic, open));
  const { sshKey, machine, accelerator, boot, program } = plan;
  const args = qemuArguments({
    ...machineSize(spec.config),
    ...{ id: spec.id, uuid: spec.uuid, hostname: spec.name, disk: diskRoot(spec).path, vnc: directory.vnc },
    ...{ sshKey, machine, accelerator, boot, nics, descriptors },
  });
  const groups = accelerator === "kvm" ? await kvmGroups() : [];
  const request = { program, args, uid: spec.ids.base, groups, log, descriptors: open.passed };
  return launch(request, (pid) => cgroups.add(spec.id, pid));
}

function openNic(nic: TapNic, open: Descriptors): MachineNic {
  return { mac: nic.mac, mtu: nic.mtu, descriptor: open.pass(openTap(nic.fabricNamespace, nic.hostInterface)) };
}

/** Descriptors that the child inherits; the daemon's own copies are closed in the end. */
class Descriptors implements AsyncDisposable {
  readonly #held: number[] = [];
  readonly passed: number[] = [];

  hold(descriptor: number): number {
    this.#held.push(descriptor);
    return descriptor;
  }

  /** Returns the number that the child sees. */
  pass(descriptor: number): number {
    return inherited(this.passed.push(this.hold(descriptor)) - 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const descriptor of this.#held) closeSync(descriptor);
  }
}

/** QEMU's user must be able to write the disk, and no other user to read it. */
async function giveDisk(path: string, uid: number): Promise<void> {
  const stats = await stat(path);
  if (stats.uid !== uid || stats.gid !== uid) await chown(path, uid, uid);
  if ((stats.mode & 0o777) !== 0o600) await chmod(path, 0o600);
}

function exitStatus(child: ChildProcess): Promise<number | undefined> {
  return once(child, "exit").then(([code]) => (typeof code === "number" ? code : undefined));
}

async function startFailure(name: string, files: InstanceFiles, cause: unknown): Promise<LodgeError> {
  const words = lastWords((await files.runtimeLog.tail()).toString("utf8"));
  const reason = words || (cause instanceof Error ? cause.message : String(cause));
  return new LodgeError({
    code: "instance_start_failed",
    message: `QEMU failed to start ${name}: ${reason}`,
    cause,
  });
}
