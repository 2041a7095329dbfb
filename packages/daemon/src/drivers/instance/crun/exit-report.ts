import type { ExitReport } from "@lodge/core";

/** What a guest's init dies of when it asks its kernel to power off or to start again: the kernel sends it SIGINT or SIGHUP. */
const poweredOff = 130;
const rebooted = 129;

export interface ExitFacts {
  /** As conmon wrote it; missing: conmon was gone. */
  readonly status?: number;
  /** Lodge itself ended the run. */
  readonly killed: boolean;
  /** The last lines of the console. */
  readonly lastLines: string;
}

/** Why a container's run ended. */
export function exitReport({ status, killed, lastLines }: ExitFacts): ExitReport {
  const known = status === undefined ? {} : { status };
  if (killed) return { reason: "killed", ...known, detail: "Lodge ended the container's init." };
  if (status === rebooted) return { reason: "reboot", ...known, detail: "The container asked to be started again." };
  if (status === poweredOff) return { reason: "shutdown", ...known, detail: "The container powered off." };
  if (status === 0) return { reason: "shutdown", ...known, detail: "The container's init ended." };
  const console = lastLines ? ` Its console said last:\n${lastLines}` : " Its console printed nothing.";
  return { reason: "crash", ...known, detail: `${describe(status)}${console}` };
}

function describe(status: number | undefined): string {
  if (status === undefined) return "The container's init ended while its monitor (conmon) was gone.";
  if (status > 128) return `The container's init was ended by signal ${status - 128} from outside.`;
  return `The container's init ended with status ${status}.`;
}
