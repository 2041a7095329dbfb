import { chown, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { type InstanceDevice, type InstanceId, Lock } from "@lodge/core";
import type { Logger } from "pino";
import { blockUse } from "../../../../system/block-use.ts";
import { readWhole } from "../../../../system/durable.ts";
import type { LodgePaths } from "../../../../system/paths.ts";
import { pciDirectory, readPciFunctions } from "../../../../system/pci-functions.ts";
import { run } from "../../../../system/run.ts";
import { recordedRuns } from "../run-directory.ts";
import {
  bindToVfio,
  type FormerBinding,
  formerBinding,
  giveBack,
  giveUsbBack,
  hostSysfs,
  type Sysfs,
} from "./binding.ts";
import { type ChosenDevice, chooseFunctions } from "./choose.ts";
import { requireIsolation, unavailable, vfioDriver } from "./isolation.ts";
import { lockedMemory } from "./locked-memory.ts";
import type { UsbFile } from "./usb-files.ts";

/** What a run takes of the host's PCI bus. */
export interface PassthroughPlan {
  readonly devices: readonly ChosenDevice[];
  /** IOMMU groups. */
  readonly groups: readonly string[];
  /** Bytes that QEMU must be able to lock; missing: none. */
  readonly lockedMemory?: number;
}

/** What is taken, as the run's directory keeps it: whoever clears up after the run gives it back. */
interface Taken {
  readonly functions: readonly FormerBinding[];
  readonly groups: readonly string[];
  /** USB devices, by their ports. */
  readonly usb?: readonly string[];
}

interface PassthroughOptions {
  readonly paths: LodgePaths;
  readonly log: Logger;
  readonly sysfs?: Sysfs;
  /** Where the nodes of groups are. */
  readonly nodes?: string;
  /** Makes the kernel know vfio-pci. */
  readonly loadDriver?: () => Promise<void>;
}

/** Devices of the host in virtual machines: taken from the host's drivers for a run, and given back. */
export class Passthrough {
  readonly #paths: LodgePaths;
  readonly #log: Logger;
  readonly #sysfs: Sysfs;
  readonly #nodes: string;
  readonly #loadDriver: () => Promise<void>;
  /** Two runs that begin at once do not take the same. */
  readonly #taking = new Lock();

  constructor({ paths, log, sysfs = hostSysfs, nodes = "/dev/vfio", loadDriver = loadVfio }: PassthroughOptions) {
    this.#paths = paths;
    this.#log = log;
    this.#sysfs = sysfs;
    this.#nodes = nodes;
    this.#loadDriver = loadDriver;
  }

  /** Decides and changes nothing. `memory`: of the guest, bytes. */
  async plan(devices: readonly InstanceDevice[], memory: number): Promise<PassthroughPlan> {
    if (!devices.some(({ type }) => type === "pci" || type === "gpu")) return { devices: [], groups: [] };
    const all = await readPciFunctions(this.#sysfs.path);
    const chosen = chooseFunctions(devices, all);
    const [first] = chosen;
    if (!first) return { devices: [], groups: [] };
    const groups = requireIsolation(chosen, all);
    await this.#requireUnused(chosen);
    const [limits, status] = await Promise.all([readOwn("limits"), readOwn("status")]);
    return { devices: chosen, groups, lockedMemory: lockedMemory(first.name, memory, { limits, status }) };
  }

  /** Takes what was planned for a run whose directory stands. `uid`: QEMU's. What a failure leaves, `release` gives back. */
  async take(id: InstanceId, plan: PassthroughPlan, uid: number): Promise<void> {
    const [first] = plan.devices;
    if (first) await this.#taking.run(() => this.#take(id, plan, uid, first.name));
  }

  /** Notes USB devices that a run is about to take. */
  async noteUsb(id: InstanceId, files: readonly UsbFile[]): Promise<void> {
    if (files.length === 0) return;
    const taken = (await this.#taken(id)) ?? { functions: [], groups: [] };
    const usb = new Set([...(taken.usb ?? []), ...files.map(({ port }) => port)]);
    await this.#record(id, { ...taken, usb: [...usb] });
  }

  /** Gives back what a run took; its QEMU is gone. What cannot be is said in the log. Idempotent. */
  async release(id: InstanceId): Promise<void> {
    const taken = await this.#taken(id);
    for (const group of taken?.groups ?? []) await chown(this.#node(group), 0, 0).catch(() => undefined);
    const refused = (device: string) => (err: unknown) =>
      this.#log.warn({ id, device, err }, "a device could not be given back to the host");
    for (const former of taken?.functions ?? []) await giveBack(former, this.#sysfs).catch(refused(former.address));
    for (const port of taken?.usb ?? []) await giveUsbBack(port, this.#sysfs).catch(refused(port));
  }

  async #take(id: InstanceId, { devices, groups }: PassthroughPlan, uid: number, device: string): Promise<void> {
    await this.#requireFree(id, devices, groups);
    const addresses = devices.flatMap(({ functions }) => functions.map(({ address }) => address));
    const functions = await Promise.all(addresses.map((address) => formerBinding(address, this.#sysfs)));
    await this.#record(id, { ...(await this.#taken(id)), functions, groups });
    try {
      await this.#loadDriver();
      for (const former of functions) await bindToVfio(former, this.#sysfs);
      // What the host does to new nodes comes before what we do.
      await run("udevadm", ["settle", "--timeout=5"]).catch(() => undefined);
      for (const group of groups) await chown(this.#node(group), uid, uid);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw unavailable(device, `the host cannot give it away: ${words}`, error);
    }
  }

  /** A group has one user at a time. */
  async #requireFree(id: InstanceId, devices: readonly ChosenDevice[], groups: readonly string[]): Promise<void> {
    const others = (await recordedRuns(this.#paths)).filter((other) => other !== id);
    for (const other of others) {
      const shared = (await this.#taken(other))?.groups.find((group) => groups.includes(group));
      const device = devices.find(({ functions }) => functions.some(({ group }) => group === shared));
      if (shared === undefined || !device) continue;
      throw new LodgeError({
        code: "device_source_busy",
        message: `Device "${device.name}": another running instance has it, or what shares IOMMU group ${shared} with it; stop that one first.`,
      });
    }
  }

  async #requireUnused(devices: readonly ChosenDevice[]): Promise<void> {
    for (const { name, functions } of devices) {
      for (const { address, driver } of functions) {
        if (driver === vfioDriver) continue;
        const use = await blockUse(pciDirectory(address, this.#sysfs.path), this.#sysfs.path);
        if (use === undefined) continue;
        throw new LodgeError({ code: "device_source_busy", message: `Device "${name}": ${address} ${use}.` });
      }
    }
  }

  #node(group: string): string {
    return join(this.#nodes, group);
  }

  async #record(id: InstanceId, taken: Taken): Promise<void> {
    const file = this.#file(id);
    await writeFile(`${file}.new`, JSON.stringify(taken), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async #taken(id: InstanceId): Promise<Taken | undefined> {
    return readWhole<Taken>(this.#file(id));
  }

  #file(id: InstanceId): string {
    return join(this.#paths.run(id), "passthrough.json");
  }
}

async function loadVfio(): Promise<void> {
  const there = () => stat(`/sys/bus/pci/drivers/${vfioDriver}`).then(Boolean, () => false);
  if (await there()) return;
  await run("modprobe", [vfioDriver]).catch(() => undefined);
  if (!(await there())) throw new Error(`its kernel has no driver ${vfioDriver} (module vfio-pci)`);
}

const readOwn = (name: string): Promise<string> => readFile(`/proc/self/${name}`, "utf8");
