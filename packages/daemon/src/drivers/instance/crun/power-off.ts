import { readFile, readlink } from "node:fs/promises";
import { until } from "../../../system/cgroup-tree.ts";
import { type ProcessIdentity, signalProcess } from "../../../system/process.ts";

const SIGUSR2 = 12;
const SIGPWR = 30;
/** SIGRTMIN + 3, as glibc counts. */
const SIGRTMIN_3 = 37;
/** Milliseconds that an init may take to be able to hear a signal. */
const deafBound = 10_000;

/** Asks an init to power off. One that has only just started is waited for: the kernel drops signals that an init is not prepared for. */
export async function powerOff(init: ProcessIdentity): Promise<void> {
  let signal = SIGPWR;
  const heard = async () => {
    const executable = await readlink(`/proc/${init.pid}/exe`).catch(() => "");
    const status = await readFile(`/proc/${init.pid}/status`, "utf8").catch(() => "");
    signal = haltSignal(executable);
    return status === "" || hears(status, signal);
  };
  await until("init's readiness", deafBound, heard).catch(() => undefined);
  await signalProcess(init, signal);
}

/** The signal that makes an init power off. `executable`: where its /proc/PID/exe points. */
export function haltSignal(executable: string): number {
  if (/\/systemd( \(deleted\))?$/.test(executable)) return SIGRTMIN_3;
  if (/\/busybox( \(deleted\))?$/.test(executable)) return SIGUSR2;
  return SIGPWR; // sysvinit, OpenRC
}

/** Whether a process handles a signal, or has blocked it to read it at leisure. `status`: its /proc/PID/status. */
export function hears(status: string, signal: number): boolean {
  return ["SigBlk", "SigCgt"].some((field) => {
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  });
}
