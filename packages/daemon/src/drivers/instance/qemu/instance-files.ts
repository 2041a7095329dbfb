import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "@lodge/core";
import { replaceFile } from "../../../system/durable.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import type { Accelerator } from "./accelerator/verdict.ts";
import type { Platform } from "./firmware/platform.ts";
import type { PortMap } from "./hardware/ports.ts";
import type { ProcessorPin } from "./hardware/processor.ts";
import { LogFile } from "./log-file.ts";
import { ensureSshKey, type SshKey } from "./ssh-key.ts";

/** A machine that a guest knows again after any number of restarts, upgrades of QEMU, and devices that came and went. */
export interface HardwareRecord {
  /** The machine type of the first start. */
  readonly machine?: string;
  /** What its disk decided at the first start. */
  readonly platform?: Platform;
  /** The image that this disk was made of, empty for none: an instance that is rebuilt from another one decides anew. */
  readonly platformOf?: string;
  /** Its guest did not take memory into use that came while it booted: it has all from its boot on. */
  readonly fixedMemory?: boolean;
  /** Which PCI ports devices had. */
  readonly ports?: PortMap;
  /** What its processors could do at the first start with an accelerator. */
  readonly processors?: Partial<Record<Accelerator, ProcessorPin>>;
}

/** The files that outlive an instance's runs. Root's alone: QEMU has descriptors of its logs and no right to the directory. */
export class InstanceFiles {
  readonly #path: string;
  /** What the guest printed on its serial console. */
  readonly consoleLog: LogFile;
  /** What the TPM's emulator said. */
  readonly tpmLog: LogFile;
  /** What the processes that serve shared directories said. */
  readonly shareLog: LogFile;
  /** What QEMU itself said. */
  readonly runtimeLog: LogFile;

  constructor(paths: LodgePaths, id: InstanceId) {
    this.#path = paths.instance(id);
    this.consoleLog = new LogFile(join(this.#path, "console.log"));
    this.tpmLog = new LogFile(join(this.#path, "tpm.log"));
    this.shareLog = new LogFile(join(this.#path, "shares.log"));
    this.runtimeLog = new LogFile(join(this.#path, "runtime.log"));
  }

  /** For cloud-init, made anew for each run. */
  get seedDisk(): string {
    return join(this.#path, "cloud-init.img");
  }

  async create(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
  }

  sshKey(): Promise<SshKey> {
    return ensureSshKey(join(this.#path, "ssh_key"));
  }

  /** What of the machine stays the same; before the first start nothing. */
  async hardware(): Promise<HardwareRecord> {
    try {
      return JSON.parse(await readFile(this.#hardwareFile, "utf8")) as HardwareRecord;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
      const help = "Remove it to give the guest a machine of today's, as at a first start";
      const message = `${this.#hardwareFile}, which says what hardware the guest knows, cannot be read. ${help}.`;
      throw new LodgeError({ code: "instance_start_failed", message, cause });
    }
  }

  /** What is not given stays as it was. */
  async recordHardware(change: HardwareRecord): Promise<void> {
    const before = await this.hardware();
    const record = JSON.stringify({ ...before, ...change });
    if (record !== JSON.stringify(before)) await replaceFile(this.#hardwareFile, record);
  }

  /** For a moment's work. */
  get scratch(): string {
    return join(this.#path, "scratch");
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }

  get #hardwareFile(): string {
    return join(this.#path, "hardware.json");
  }
}
