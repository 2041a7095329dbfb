import { readFile, readlink } from "node:fs/promises";
import { until } from "../../../system/cgroup-tree.ts";
import { type ProcessIdentity, signalProcess } from "../../../system/process.ts";

/** Milliseconds that an init may take to be able to hear a signal. */
const deafBound = 10_000;

/** How an init is made to power off. */
export interface HaltRequest {
  readonly signal: number;
  /** The signal that an init handles from the moment on that it hears `signal`. */
  readonly sign: number;
}

const SIGUSR2 = 12;
const SIGTSTP = 20;
const SIGPWR = 30;
/** SIGRTMIN + 3, as glibc counts. */
const SIGRTMIN_3 = 37;

/** Asks an init to power off. One that has only just started is waited for: the kernel drops signals that an init is not prepared for. */
export async function powerOff(init: ProcessIdentity): Promise<void> {
  let signal = SIGPWR;
  const heard = async () => {
    const executable = await readlink(`/proc/${init.pid}/exe`).catch(() => "");
    const status = await readFile(`/proc/${init.pid}/status`, "utf8").catch(() => "");
    const request = haltRequest(executable);
    signal = request.signal;
    return status === "" || handles(status, request.sign);
  };
  await until("init's readiness", deafBound, heard).catch(() => undefined);
  await signalProcess(init, signal);
}

/** `executable`: where init's /proc/PID/exe points. */
export function haltRequest(executable: string): HaltRequest {
  const name = /([^/]*?)( \(deleted\))?$/.exec(executable)?.[1];
  if (name === "systemd") return { signal: SIGRTMIN_3, sign: SIGRTMIN_3 };
  // busybox waits for its signals (sigtimedwait), which does not show; SIGTSTP it handles, and prepares for last.
  if (name === "busybox") return { signal: SIGUSR2, sign: SIGTSTP };
  return { signal: SIGPWR, sign: SIGPWR }; // sysvinit, OpenRC
}

/** Whether a process handles a signal, or has blocked it to read it at leisure. `status`: its /proc/PID/status. */
export function handles(status: string, signal: number): boolean {
  return ["SigBlk", "SigCgt"].some((field) => {
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  });
}
