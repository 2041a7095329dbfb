import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InstanceId, InstanceNic, LaidFile, MachineFacts, MachineSize } from "@lodge/core";
import { readWhole } from "../../../system/durable.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { SharePlaces } from "./shares/share-place.ts";
import { type MachineRecord, nothingPlugged, type PluggedDevices } from "./state/machine-record.ts";

/** What a later daemon must know of a run and cannot see. */
export interface RunRecord {
  readonly hardware: MachineFacts;
  /** How many PCI Express root ports it has. */
  readonly ports: number;
  /** Name of the root disk's device. */
  readonly rootDevice: string;
  /** Bytes. */
  readonly memory: number;
  /** Other processes may see its memory: what shared directories need. */
  readonly sharedMemory?: boolean;
  /** RFC 3339. */
  readonly startedAt: string;
  /** The kernel's identity of the host's boot. */
  readonly hostBoot: string;
  /** Of a run that began as a fork. */
  readonly fork?: ForkRecord;
  /** What it is made of; runs of earlier versions have none. */
  readonly machine?: MachineRecord;
}

/** What a fork is to be given when it is told what it is. */
export interface ForkRecord {
  /** Of each nic that it has, the address that the guest has it under, and its own. */
  readonly macs: readonly { readonly device: string; readonly was: string; readonly is: string }[];
  /** Nics that it is still to get. */
  readonly nics: readonly InstanceNic[];
  /** With what its guest was made ready before it was forked. */
  readonly prepared?: string;
  /** CPUs and memory beyond those of what it is forked from; missing: none. */
  readonly growth?: ForkGrowth;
  /** It gets a disk with data for cloud-init that its source did not have. */
  readonly cloudInit?: true;
}

/** How a fork gets another size than what it was forked from. */
export interface ForkGrowth {
  readonly started: MachineSize;
  /** Beside what it started with: what it was forked with, and what it is to have. */
  readonly has: MachineSize;
  readonly wanted: MachineSize;
  /** How many CPUs its guest is to use; those that it has may be more. Missing: all. */
  readonly cpus?: number;
}

/** The files of one run. That `qemu.json` is there says that the run is this driver's and has not been released. */
export class RunDirectory {
  readonly path: string;
  readonly shares: SharePlaces;

  constructor(paths: LodgePaths, id: InstanceId) {
    this.path = paths.run(id);
    this.shares = new SharePlaces(join(this.path, "shares"));
  }

  get qmp(): string {
    return join(this.path, "qmp");
  }
  get agent(): string {
    return join(this.path, "qga");
  }
  get ssh(): string {
    return join(this.path, "ssh");
  }
  get call(): string {
    return join(this.path, "call");
  }
  get console(): string {
    return join(this.path, "con");
  }
  /** For a machine that resumes, see state/kernel-head.ts. */
  get kernel(): string {
    return join(this.path, "kernel");
  }
  /** On which a process is waited for that is to serve a shared directory. */
  get vhost(): string {
    return join(this.path, "vfs");
  }
  /** The one place where QEMU may write: it puts the screenshots that it is asked for there, and its VNC socket. */
  get screen(): string {
    return join(this.path, "screen");
  }
  /** Made by QEMU, which takes no descriptor for it. */
  get vnc(): string {
    return join(this.screen, "vnc");
  }

  /** Makes the directory and records the run, before anything of it exists. QEMU's user may pass through and read nothing. */
  async create(record: RunRecord, uid: number): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await chmod(dirname(this.path), 0o711);
    await chmod(this.path, 0o711);
    await this.#write("qemu.json", JSON.stringify(record));
    await mkdir(this.screen, { recursive: true, mode: 0o700 });
    await chown(this.screen, uid, uid);
  }

  record(): Promise<RunRecord | undefined> {
    return readWhole(join(this.path, "qemu.json"));
  }

  /** Notes that the run is ended on request, for whoever reports its end. */
  async requestKill(): Promise<void> {
    await this.#write("killed", "");
  }

  killRequested(): Promise<boolean> {
    return this.#has("killed");
  }

  /** Notes that the guest has answered, for later daemons. */
  async noteAnswer(): Promise<void> {
    await this.#write("answered", "");
  }

  hasAnswered(): Promise<boolean> {
    return this.#has("answered");
  }

  /** Notes that the guest's file systems are frozen for a moment, see live/quiesce.ts. */
  async noteStillness(): Promise<void> {
    await this.#write("still", "");
  }

  async stillnessNoted(): Promise<boolean> {
    return readFile(join(this.path, "still")).then(
      () => true,
      () => false,
    );
  }

  async forgetStillness(): Promise<void> {
    await rm(join(this.path, "still"), { force: true });
  }

  /** Notes that the machine stands still for its state, and whether it is to stand still afterwards, see state/standstill.ts. */
  async noteStandstill(paused: boolean): Promise<void> {
    await this.#write("standstill.json", JSON.stringify({ paused }));
  }

  async standstill(): Promise<{ readonly paused: boolean } | undefined> {
    return readWhole(join(this.path, "standstill.json"));
  }

  async forgetStandstill(): Promise<void> {
    await rm(join(this.path, "standstill.json"), { force: true });
  }

  /** Notes with what the guest was made ready from which forks are to begin. */
  async notePrepared(what: string): Promise<void> {
    await this.#write("prepared", what);
  }

  async prepared(): Promise<string | undefined> {
    return readFile(join(this.path, "prepared"), "utf8").catch(() => undefined);
  }

  /** Notes what is to be written into the guest, once in the run. */
  async noteLaid(files: readonly LaidFile[]): Promise<void> {
    await this.#write("laid.json", JSON.stringify(files));
  }

  async laid(): Promise<readonly LaidFile[]> {
    return (await readWhole(join(this.path, "laid.json"))) ?? [];
  }

  async forgetLaid(): Promise<void> {
    await rm(join(this.path, "laid.json"), { force: true });
  }

  /** Notes what came while the machine ran: later daemons must know it when its state is kept. */
  async notePlugged(change: (plugged: PluggedDevices) => PluggedDevices): Promise<void> {
    await this.#write("plugged.json", JSON.stringify(change(await this.plugged())));
  }

  async plugged(): Promise<PluggedDevices> {
    return (await readWhole(join(this.path, "plugged.json"))) ?? nothingPlugged;
  }

  async remove(): Promise<void> {
    await this.shares.removeAll();
    await rm(this.path, { recursive: true, force: true });
  }

  async #has(name: string): Promise<boolean> {
    return readFile(join(this.path, name)).then(
      () => true,
      () => false,
    );
  }

  async #write(name: string, text: string): Promise<void> {
    const file = join(this.path, name);
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

/** The instances of which this driver has a run that was not released. */
export async function recordedRuns(paths: LodgePaths): Promise<InstanceId[]> {
  const directory = dirname(paths.run("" as InstanceId) + "/x");
  const names = (await readdir(directory).catch(() => [])) as InstanceId[];
  const records = await Promise.all(names.map((id) => new RunDirectory(paths, id).record().catch(() => undefined)));
  return names.filter((_, index) => records[index] !== undefined);
}
