import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { Cgroups } from "../../../../system/cgroups.ts";
import type { LastingProcess } from "../../../../system/spawn/lasting-process.ts";
import { openBlindTap } from "../../../../system/tap.ts";
import { kvmGroups } from "../accelerator/kvm-device.ts";
import { qemuArguments } from "../command-line.ts";
import { Descriptors } from "../descriptors.ts";
import { launch } from "../launch.ts";
import { listenUnix } from "../listener.ts";
import { connectMonitor } from "../monitor.ts";
import { addCpus } from "../size/grow.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { holderMachine } from "./holder-machine.ts";
import type { MachineRecord } from "./machine-record.ts";

/** Below it are all holders: none outlives the daemon that started it. */
export const holderGroup = "holders";

/** Milliseconds for QEMU to greet. */
const greetingPatience = 30_000;

export interface HolderRequest {
  readonly id: InstanceId;
  readonly vm: VirtualMachine;
  readonly machine: MachineRecord;
  /** Descriptor of the file that becomes the memory. */
  readonly memory: number;
  readonly program: string;
  readonly cgroups: Cgroups;
  /** Descriptor for what it says. */
  readonly log: number;
}

/** A QEMU that takes over a state and never runs it: into its memory, which others map afterwards. */
export interface Holder extends AsyncDisposable {
  readonly qmp: QmpClient;
}

/** Starts one beside a machine that runs, as its user. Disposed of, it is gone. */
export async function startHolder(request: HolderRequest): Promise<Holder> {
  const { id, vm, cgroups } = request;
  const group = `${holderGroup}/${id}`;
  const socket = join(vm.directory.path, "hold");
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(socket, { force: true }));
  undo.defer(() => cgroups.remove(group));
  await cgroups.create(group, {});
  const child = await spawnHolder(request, socket, group);
  const { exited } = child;
  undo.defer(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const ended = exited.then(() => {
    throw new Error("the QEMU that was to hold the state ended at once; its words are in the machine's log");
  });
  ended.catch(() => undefined);
  const qmp = await Promise.race([connectMonitor({ path: socket, timeout: greetingPatience }), ended]);
  undo.defer(() => qmp.close());
  await addCpus(qmp, request.machine.grown?.cpus ?? 0);
  const stack = undo.move();
  return { qmp, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function spawnHolder(holder: HolderRequest, socket: string, group: string): Promise<LastingProcess> {
  const { vm, machine, memory, program, cgroups, log } = holder;
  using open = new Descriptors();
  const qmp = open.pass(listenUnix(socket));
  const taps = machine.layout.nics.map(() => open.pass(openBlindTap()));
  const path = `/proc/self/fd/${open.lend(memory)}`;
  const description = await holderMachine(machine, { id: holder.id, uuid: randomUUID(), memory: path, qmp, taps });
  const { uid } = await stat(`/proc/${vm.process.pid}`);
  const groups = machine.accelerator === "kvm" ? await kvmGroups() : [];
  const args = qemuArguments(description);
  const request = { program, args, as: { kind: "user", uid, groups }, log, descriptors: open.passed } as const;
  return launch(request, (pid) => cgroups.add(group, pid));
}
