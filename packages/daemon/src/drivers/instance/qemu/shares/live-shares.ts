import { closeSync } from "node:fs";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk, InstanceId, InstanceIdentity } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { Descriptors } from "../descriptors.ts";
import { deviceId } from "../hardware/device.ts";
import { shareChannel, shareDevice } from "../hardware/shares.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { plugFailed } from "../plugging/failure.ts";
import { freePort, type PlugTarget, tolerate } from "../plugging/plug.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { mountInGuest, unmountInGuest } from "./guest-mount.ts";
import { endShare, serveShare } from "./serve-share.ts";

/** A running machine that is to get a share. */
export interface SharingMachine {
  readonly identity: InstanceIdentity;
  readonly vm: VirtualMachine;
  readonly files: InstanceFiles;
  readonly target: PlugTarget;
}

/** Shared directories of running machines. */
export class LiveShares {
  readonly #cgroups: Cgroups;

  constructor(cgroups: Cgroups) {
    this.#cgroups = cgroups;
  }

  /** What is made is unmade when a later step fails. */
  async plug({ identity, vm, files, target }: SharingMachine, disk: AttachedDisk): Promise<void> {
    const { id, ids, name: instance } = identity;
    if (!vm.record.sharedMemory) throw notShared(disk, instance);
    const places = vm.directory.shares;
    await using undo = new AsyncDisposableStack();
    // What an interruption left half-made.
    await endShare(id, places, disk.name, this.#cgroups);
    const place = await freePort(target, deviceId(disk.name));
    undo.defer(() => endShare(id, places, disk.name, this.#cgroups));
    using open = new Descriptors();
    const log = open.hold(files.shareLog.join());
    const owner = { id, ids, places, socket: vm.directory.vhost, log };
    await connect(target.qmp, disk.name, await serveShare(owner, disk, this.#cgroups));
    undo.defer(() => tolerate(target.qmp.execute("chardev-remove", { id: shareChannel(disk.name) })));
    await target.qmp.execute("device_add", shareDevice({ name: disk.name, place }));
    undo.move();
    await mountWhereWanted(vm, disk);
  }

  /** The guest lets go of a share, where it can be asked: it may not be in use. */
  async letGo(vm: VirtualMachine, name: string): Promise<void> {
    const share = (await vm.directory.shares.list()).find((each) => each.name === name);
    if (!share || !vm.ready) return;
    await unmountInGuest(await vm.reach(), name, share.path).catch((error: unknown) => {
      throw plugFailed(`Device "${name}" is still there`, words(error), error);
    });
  }

  /** Ends what serves it. Idempotent, also for what is no share. */
  async end(id: InstanceId, vm: VirtualMachine, name: string): Promise<void> {
    await endShare(id, vm.directory.shares, name, this.#cgroups);
  }
}

/** Gives QEMU a connection, and closes it here. */
async function connect(qmp: QmpClient, name: string, connection: number): Promise<void> {
  const fdname = shareChannel(name);
  try {
    await qmp.executeWithDescriptor(connection, "getfd", { fdname });
  } finally {
    closeSync(connection);
  }
  const addr = { type: "fd", data: { str: fdname } } as const;
  await qmp.execute("chardev-add", {
    id: shareChannel(name),
    backend: { type: "socket", data: { addr, server: false } },
  });
}

/** A guest that cannot be asked now is when it is ready; one that refuses has the share all the same. */
async function mountWhereWanted(vm: VirtualMachine, { name, path, readonly }: AttachedDisk): Promise<void> {
  if (!path || !vm.ready) return;
  await mountInGuest(await vm.reach(), name, path, readonly).catch((error: unknown) => {
    throw plugFailed(`Device "${name}" was added, and the guest did not mount it at ${path}`, words(error), error);
  });
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");

function notShared({ name }: AttachedDisk, instance: string): LodgeError {
  return new LodgeError({
    code: "instance_wrong_state",
    message: `Device "${name}" shares a directory, for which ${instance} must be started anew: its memory is its own in this run. Stop it, add the device and start it.`,
  });
}
