import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { LodgePaths } from "../../../system/paths.ts";
import type { PortMap } from "./hardware/ports.ts";
import { LogFile } from "./log-file.ts";
import { ensureSshKey, type SshKey } from "./ssh-key.ts";

/** The files that outlive an instance's runs. Root's alone: QEMU has descriptors of its logs and no right to the directory. */
export class InstanceFiles {
  readonly #path: string;
  /** What the guest printed on its serial console. */
  readonly consoleLog: LogFile;
  /** What QEMU itself said. */
  readonly runtimeLog: LogFile;

  constructor(paths: LodgePaths, id: InstanceId) {
    this.#path = paths.instance(id);
    this.consoleLog = new LogFile(join(this.#path, "console.log"));
    this.runtimeLog = new LogFile(join(this.#path, "runtime.log"));
  }

  async create(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
  }

  sshKey(): Promise<SshKey> {
    return ensureSshKey(join(this.#path, "ssh_key"));
  }

  /** The machine type of the first start. */
  async machineType(): Promise<string | undefined> {
    return (await readFile(this.#machineFile, "utf8").catch(() => undefined))?.trim();
  }

  async recordMachineType(machine: string): Promise<void> {
    await writeFile(this.#machineFile, `${machine}\n`, { mode: 0o600 });
  }

  /** Which PCI ports devices had. */
  async ports(): Promise<PortMap> {
    const text = await readFile(this.#portsFile, "utf8").catch(() => "{}");
    return JSON.parse(text) as PortMap;
  }

  async recordPorts(ports: PortMap): Promise<void> {
    await writeFile(`${this.#portsFile}.new`, JSON.stringify(ports), { mode: 0o600 });
    await rename(`${this.#portsFile}.new`, this.#portsFile);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }

  get #portsFile(): string {
    return join(this.#path, "ports.json");
  }

  get #machineFile(): string {
    return join(this.#path, "machine");
  }
}
