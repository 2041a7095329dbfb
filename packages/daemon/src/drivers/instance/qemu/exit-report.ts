import type { ExitReport } from "@lodge/core";

/** What is known of a run that ended. */
export interface EndedRun {
  /** QEMU's log of this run. */
  readonly log: string;
  /** Somebody asked this driver to end it. */
  readonly killRequested: boolean;
  /** The host was started anew since the run began. */
  readonly hostRestarted: boolean;
  /** When this daemon was QEMU's parent. */
  readonly status?: number;
}

/** QEMU's own words at SIGTERM, SIGINT and SIGHUP, for which it traces no request. */
const signalled = /^.*: terminating on signal \d+.*$/m;
const traced = /^\S*(qemu_system_shutdown_request|runstate_set) (.*)$/;
/** ShutdownCause of QEMU's qapi/run-state.json, the same in 7.2 and 10. */
const cause = { hostError: 1, hostSignal: 4, guestShutdown: 6, guestReset: 7, guestPanic: 8 };

/**
 * Says how a run ended by what QEMU traced into its log. A power-off is a traced request with its cause; a reboot
 * (`-action reboot=shutdown`) has no request, only the change to the state `shutdown`; a QEMU that died has neither.
 */
export function exitReport(run: EndedRun): ExitReport {
  const status = run.status === undefined ? {} : { status: run.status };
  return { ...verdict(run), ...status };
}

function verdict(run: EndedRun): ExitReport {
  if (run.killRequested) return { reason: "killed", detail: "QEMU was ended on request" };
  if (run.hostRestarted) return { reason: "crash", detail: "the host was restarted while the instance ran" };
  const { request, stopped } = readTraces(run.log);
  switch (request) {
    case cause.guestShutdown:
      return { reason: "shutdown", detail: "the guest powered off" };
    case cause.guestReset:
      return { reason: "reboot", detail: "the guest asked for a restart" };
    case cause.guestPanic:
      return { reason: "crash", detail: withLog("the guest's kernel panicked", run.log) };
    case cause.hostError:
      return { reason: "crash", detail: withLog("QEMU gave up after an error of the host", run.log) };
    case cause.hostSignal:
      return { reason: "killed", detail: "QEMU was ended by a signal" };
    case undefined:
      if (signalled.test(run.log)) return { reason: "killed", detail: "QEMU was ended by a signal" };
      return stopped
        ? { reason: "reboot", detail: "the guest asked for a restart" }
        : { reason: "crash", detail: withLog("QEMU died or was killed", run.log) };
    default:
      return { reason: "killed", detail: "QEMU was told to end" };
  }
}

function readTraces(log: string): { request: number | undefined; stopped: boolean } {
  let request: number | undefined;
  let stopped = false;
  for (const line of log.split("\n")) {
    const [, event, text = ""] = traced.exec(line) ?? [];
    if (event === "qemu_system_shutdown_request") request = Number(/reason=(\d+)/.exec(text)?.[1]);
    if (event === "runstate_set" && text.endsWith("(shutdown)")) stopped = true;
  }
  return { request, stopped };
}

function withLog(what: string, log: string): string {
  const lines = lastWords(log);
  return lines ? `${what}; last lines of its log:\n${lines}` : `${what}; its log is empty`;
}

/** The last ten lines of QEMU's log that are for people. */
export function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !traced.test(line));
  return lines.slice(-10).join("\n");
}
