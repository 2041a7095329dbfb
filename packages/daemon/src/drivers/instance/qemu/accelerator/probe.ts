import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../system/run.ts";
import { kvmGroups } from "./kvm-device.ts";
import { probeInitramfs, probeLine } from "./probe-initramfs.ts";
import type { Accelerator } from "./verdict.ts";

export interface Probe {
  /** The QEMU to try. */
  readonly program: string;
  /** A kernel for it to boot. */
  readonly kernel: string;
  readonly accelerator: Accelerator;
  /** Milliseconds for the guest to reach user space and end. */
  readonly patience: number;
}

/** A user without rights; QEMU is tried as it will be run. */
const nobody = 65534;

/** Boots a guest to user space. Returns what went wrong, or undefined when it arrived. */
export async function probeAccelerator(probe: Probe): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "lodge-probe-"));
  try {
    await chmod(directory, 0o755);
    const initrd = join(directory, "initrd");
    await writeFile(initrd, probeInitramfs(), { mode: 0o644 });
    // The host's own kernel is often readable by root only.
    const kernel = join(directory, "kernel");
    await copyFile(probe.kernel, kernel);
    await chmod(kernel, 0o644);
    return await boot({ ...probe, kernel }, initrd);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function boot(probe: Probe, initrd: string): Promise<string | undefined> {
  const groups = probe.accelerator === "kvm" ? await kvmGroups() : [];
  const unprivileged = [
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`,
    "--no-new-privs",
    "--",
  ];
  const started = Date.now();
  try {
    const output = await run("setpriv", [...unprivileged, probe.program, ...probeArguments(probe, initrd)], {
      timeout: probe.patience,
    });
    return output.includes(probeLine) ? undefined : "the probe guest ended before it reached user space";
  } catch (error) {
    if (Date.now() - started >= probe.patience) {
      return `the probe guest did not reach user space within ${probe.patience / 1000} s`;
    }
    return error instanceof Error ? error.message.replace(/^setpriv [^:]*: /, "") : String(error);
  }
}

function probeArguments({ accelerator, kernel }: Probe, initrd: string): string[] {
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-action", "reboot=shutdown"],
    ...["-machine", "q35", "-accel", accelerator, "-cpu", accelerator === "kvm" ? "host" : "max", "-m", "256M"],
    ...["-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1"],
    ...["-chardev", "stdio,id=console", "-device", "isa-serial,chardev=console"],
  ];
}
