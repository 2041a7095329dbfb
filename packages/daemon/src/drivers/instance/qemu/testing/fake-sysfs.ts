import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Sysfs } from "../passthrough/binding.ts";

export interface FakeFunction {
  /** The driver that the kernel gives it to when nothing else is said, and at first. */
  readonly driver?: string;
  readonly group?: string;
  /** As /sys has it. */
  readonly class?: string;
}

/** A directory that behaves as the kernel's does: drivers take and let go of functions as it is written to. */
export class FakeSysfs implements Sysfs, Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "lodge-sys-"));
  readonly #functions: ReadonlyMap<string, FakeFunction>;
  /** Whoever writes to one of these paths fails. */
  readonly refused = new Set<string>();

  constructor(functions: Readonly<Record<string, FakeFunction>>) {
    this.#functions = new Map(Object.entries(functions));
    for (const [address, { driver, group, class: code = "0x020000" }] of this.#functions) {
      const directory = this.#directory(address);
      mkdirSync(directory, { recursive: true });
      const files = { class: code, vendor: "0x8086", device: "0x1533", driver_override: "(null)" };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), `${text}\n`);
      if (group) symlinkSync(`../../../../kernel/iommu_groups/${group}`, join(directory, "iommu_group"));
      if (driver) this.#bind(address, driver);
    }
  }

  /** An interface of a USB device; without a driver. */
  addUsbInterface(name: string): void {
    mkdirSync(join(this.path, "bus/usb/devices", name), { recursive: true });
  }

  usbDriver(name: string): string | undefined {
    const link = join(this.path, "bus/usb/devices", name, "driver");
    return lstatSync(link, { throwIfNoEntry: false }) && basename(readlinkSync(link));
  }

  driver(address: string): string | undefined {
    const link = join(this.#directory(address), "driver");
    return existsSync(link) ? basename(readlinkSync(link)) : undefined;
  }

  override(address: string): string {
    return readFileSync(join(this.#directory(address), "driver_override"), "utf8").trim();
  }

  async write(path: string, text: string): Promise<void> {
    if (this.refused.has(path.slice(this.path.length))) throw new Error(`EIO: ${path}`);
    const word = text.trim();
    if (path.endsWith("/driver_override")) return writeFileSync(path, `${word || "(null)"}\n`);
    if (path.endsWith("/driver/unbind")) return rmSync(join(this.#directory(word), "driver"));
    if (path.endsWith("/bus/usb/drivers_probe")) {
      return symlinkSync("../../drivers/usbhid", join(this.path, "bus/usb/devices", word, "driver"));
    }
    if (!path.endsWith("/drivers_probe")) throw new Error(`nothing listens at ${path}`);
    const override = this.override(word);
    const driver = override === "(null)" ? this.#functions.get(word)?.driver : override;
    if (driver && !this.driver(word)) this.#bind(word, driver);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #bind(address: string, driver: string): void {
    mkdirSync(join(this.path, "bus/pci/drivers", driver), { recursive: true });
    symlinkSync(`../../drivers/${driver}`, join(this.#directory(address), "driver"));
  }

  #directory(address: string): string {
    return join(this.path, "bus/pci/devices", address);
  }
}
