import { chmod, chown, stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { QmpClient } from "@lodge/qmp";
import type { Cgroups } from "../../../system/cgroups.ts";
import { outOfMemoryScore } from "../../../system/memory/out-of-memory.ts";
import type { LastingProcess } from "../../../system/spawn/lasting-process.ts";
import { kvmGroups } from "./accelerator/kvm-device.ts";
import { qemuArguments } from "./command-line.ts";
import { Descriptors } from "./descriptors.ts";
import { diskDamaged } from "./disk-damage.ts";
import { diskBusy } from "./disk-lock.ts";
import { lastWords } from "./exit-report.ts";
import { nodeName } from "./hardware/device.ts";
import { findProcess, type HostProcess } from "./host-process.ts";
import { launch } from "./launch.ts";
import { limitsOfMachine } from "./machine-limits.ts";
import { diskRoot } from "./machine-spec.ts";
import { connectMonitor } from "./monitor.ts";
import { type Beginning, openMachine } from "./open-machine.ts";
import { serveShare } from "./shares/serve-share.ts";
import { addCpus } from "./size/grow.ts";
import { loadState } from "./state/load.ts";
import { stateUnusable } from "./state/state-directory.ts";
import { startTpm } from "./tpm/swtpm.ts";

export interface StartedQemu {
  readonly process: HostProcess;
  readonly exited: Promise<number | undefined>;
  readonly qmp: QmpClient;
}

/** Milliseconds for QEMU to read its command line and greet. */
const greetingPatience = 30_000;

/**
 * Starts QEMU; resolves when its CPUs run. When that fails nothing of it runs any more; cgroup and files are left to `release`.
 */
export async function startQemu(beginning: Beginning, cgroups: Cgroups, signal: AbortSignal): Promise<StartedQemu> {
  const { spec, directory } = beginning;
  await giveDisk(diskRoot(spec).path, spec.ids.base);
  await cgroups.create(spec.id, await limitsOfMachine(spec.config));
  signal.throwIfAborted();
  const child = await spawnQemu(beginning, cgroups);
  const exited = child.exited.then((ending) => (ending.kind === "exit" ? ending.status : undefined));
  try {
    const qmp = await connectMonitor({ path: directory.qmp, timeout: greetingPatience, signal });
    const process = await findProcess(child.pid);
    if (!process) throw new Error("QEMU ended at once");
    if (beginning.state) {
      await addCpus(qmp, beginning.state.record.machine.grown?.cpus ?? 0);
      await loadState(qmp, beginning.state, signal);
    }
    return { process, exited, qmp };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    signal.throwIfAborted();
    throw await startFailure(beginning, error);
  }
}

async function spawnQemu(beginning: Beginning, cgroups: Cgroups): Promise<LastingProcess> {
  const { spec, plan, files } = beginning;
  using open = new Descriptors();
  const log = open.hold(await files.runtimeLog.begin());
  const tpm = await startTpmOf(beginning, cgroups, open);
  const shares = await serveShares(beginning, cgroups, open);
  const args = qemuArguments(await openMachine(beginning, { shares, ...(tpm !== undefined && { tpm }) }, open));
  const as = { kind: "user", uid: spec.ids.base, groups: plan.accelerator === "kvm" ? await kvmGroups() : [] } as const;
  const { lockedMemory } = plan.passthrough;
  const score = outOfMemoryScore(spec.config);
  const request = { program: plan.program, args, as, log, descriptors: open.passed, outOfMemoryScore: score };
  return launch({ ...request, ...(lockedMemory !== undefined && { lockedMemory }) }, (pid) =>
    cgroups.add(spec.id, pid),
  );
}

/** Returns QEMU's descriptor of the connection to it; undefined when the machine has none. */
async function startTpmOf(
  { spec, plan, files }: Beginning,
  cgroups: Cgroups,
  passed: Descriptors,
): Promise<number | undefined> {
  if (!plan.tpm) return undefined;
  using open = new Descriptors();
  const log = open.hold(await files.tpmLog.begin());
  return passed.pass(await startTpm({ id: spec.id, uid: spec.ids.base, state: diskRoot(spec).state, log }, cgroups));
}

/** Returns QEMU's descriptors of the connections to what serves them. */
async function serveShares(
  { spec, shares, directory, files }: Beginning,
  cgroups: Cgroups,
  passed: Descriptors,
): Promise<number[]> {
  using open = new Descriptors();
  const log = open.hold(await files.shareLog.begin());
  const owner = { id: spec.id, ids: spec.ids, places: directory.shares, socket: directory.vhost, log };
  const served: number[] = [];
  for (const disk of shares) served.push(passed.pass(await serveShare(owner, disk, cgroups)));
  return served;
}

/** QEMU's user must be able to write the disk, and no other user to read it. */
async function giveDisk(path: string, uid: number): Promise<void> {
  const stats = await stat(path);
  if (stats.uid !== uid || stats.gid !== uid) await chown(path, uid, uid);
  if ((stats.mode & 0o777) !== 0o600) await chmod(path, 0o600);
}

async function startFailure(beginning: Beginning, cause: unknown): Promise<LodgeError> {
  const { files, spec, plan, disks } = beginning;
  const words = lastWords((await files.runtimeLog.tail()).toString("utf8"));
  if (cause instanceof LodgeError && cause.code === "state_unusable") return cause;
  const busy = disks.all.find(({ disk }) => words.includes(nodeName(disk.name)))?.disk;
  const conflict = diskBusy(words, busy ? `Source ${busy.source} of device "${busy.name}"` : "The root disk");
  if (conflict) return conflict;
  const damage = diskDamaged(words, spec.name);
  if (damage) return damage;
  if (beginning.state && /load of migration failed|Unknown (section|ramblock|savevm)/i.test(words)) {
    return stateUnusable(`QEMU says: ${words}`, cause);
  }
  const tpm = plan.tpm ? lastWords((await files.tpmLog.tail()).toString("utf8")) : "";
  const shares = beginning.shares.length > 0 ? lastWords((await files.shareLog.tail()).toString("utf8")) : "";
  const reason =
    [words, tpm, shares].filter(Boolean).join("\n") || (cause instanceof Error ? cause.message : String(cause));
  return new LodgeError({
    code: "instance_start_failed",
    message: `QEMU failed to start ${spec.name}: ${reason}`,
    cause,
  });
}
