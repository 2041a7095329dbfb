import type { RunPaths } from "./run-paths.ts";

/** conmon starts its log anew at this size; a console log shows at most the last MiB. */
export const consoleLogLimit = 2 * 2 ** 20;

/**
 * The command line of conmon, which makes the container by `crun create` and stays: it holds init's terminal, serves the attach
 * socket, logs, and writes the exit status to a file, all without a daemon.
 */
export function monitorCommand(paths: RunPaths, id: string, uuid: string, name: string): string[] {
  return [
    "conmon",
    ...["--api-version", "1"],
    ...["--cid", id],
    ...["--cuuid", uuid],
    ...["--name", name],
    ...["--runtime", "/usr/bin/crun"],
    ...crunGlobals(paths).flatMap((argument) => ["--runtime-arg", argument]),
    ...["--bundle", paths.bundle],
    "--full-attach",
    "--terminal",
    ...["--conmon-pidfile", paths.monitorPid],
    ...["--container-pidfile", paths.initPid],
    ...["--exit-dir", paths.exits],
    ...["--log-path", `k8s-file:${paths.consoleLog}`],
    ...["--log-size-max", String(consoleLogLimit)],
    ...["--log-level", "warning"],
    // The log need not reach the disk before the exit is told.
    "--no-sync-log",
  ];
}

/** Options of every crun call: a state directory of each run's own, and groups by the file system, never by systemd's bus. */
export function crunGlobals(paths: RunPaths): string[] {
  return [`--root=${paths.runtime}`, "--cgroup-manager=cgroupfs"];
}

/** `crun start`: lets the init that `crun create` prepared go. */
export function startCommand(paths: RunPaths, id: string): string[] {
  return ["crun", ...crunGlobals(paths), "start", id];
}
