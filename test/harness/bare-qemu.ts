/** A QEMU as any user starts it, without Lodge: to show that a disk needs none. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectQmp, type InputEvent, type QmpClient } from "@lodge/qmp";
import { until } from "./until.ts";

export interface BareMachine {
  readonly firmware: "bios" | "uefi";
  /** A qcow2, which is not written to; missing: a machine without any medium. */
  readonly disk?: string;
}

const ovmf = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const ovmfVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

export class BareQemu implements AsyncDisposable {
  readonly #directory: string;
  readonly #process: ChildProcess;
  readonly #qmp: QmpClient;
  #serial = "";

  private constructor(directory: string, process: ChildProcess, qmp: QmpClient) {
    this.#directory = directory;
    this.#process = process;
    this.#qmp = qmp;
    process.stdout?.setEncoding("latin1").on("data", (text: string) => {
      this.#serial += text;
    });
  }

  static async start(machine: BareMachine): Promise<BareQemu> {
    const directory = await mkdtemp(join(tmpdir(), "bare-qemu-"));
    const variables = join(directory, "variables.fd");
    if (machine.firmware === "uefi") await copyFile(ovmfVariables, variables);
    const socket = join(directory, "qmp");
    const args = commandLine(machine, socket, variables);
    const process = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "pipe", "inherit"] });
    const qmp = await until("QEMU answers", 30_000, () => connectQmp({ path: socket }).catch(() => undefined));
    return new BareQemu(directory, process, qmp);
  }

  /** All that the guest has sent over its serial line. */
  get serial(): string {
    return this.#serial;
  }

  /** PNG. */
  async screenshot(): Promise<Buffer> {
    const filename = join(this.#directory, "screen.png");
    await this.#qmp.execute("screendump", { filename, format: "png" });
    return readFile(filename);
  }

  /** Presses and releases keys, one after the other, by QEMU's names of them. */
  async press(...keys: readonly string[]): Promise<void> {
    const event = (data: string, down: boolean): InputEvent => ({
      type: "key",
      data: { down, key: { type: "qcode", data } },
    });
    for (const key of keys)
      for (const down of [true, false]) await this.#qmp.execute("input-send-event", { events: [event(key, down)] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#qmp.close();
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) {
      this.#process.kill("SIGKILL");
      await once(this.#process, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function commandLine({ disk, firmware }: BareMachine, socket: string, variables: string): string[] {
  const flash = [
    ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${ovmf}`],
    ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
  ];
  return [
    ...["-nodefaults", "-machine", "q35", "-accel", "tcg", "-m", "512", "-display", "none", "-vga", "std"],
    ...["-serial", "stdio", "-qmp", `unix:${socket},server=on,wait=off`],
    ...(firmware === "uefi" ? flash : []),
    ...(disk ? ["-drive", `file=${disk},if=virtio,format=qcow2,snapshot=on`] : []),
  ];
}
