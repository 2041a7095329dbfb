import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { LodgePaths } from "../../../system/paths.ts";
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

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }

  get #machineFile(): string {
    return join(this.#path, "machine");
  }
}
