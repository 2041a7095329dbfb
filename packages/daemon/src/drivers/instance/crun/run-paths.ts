import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { LodgePaths } from "../../../system/paths.ts";

/** The files of one container's run. */
export interface RunPaths {
  /** Everything of the run but the exit status. */
  readonly run: string;
  /** Pinned namespaces. */
  readonly namespaces: string;
  readonly bundle: string;
  readonly configuration: string;
  /** crun's state directory. */
  readonly runtime: string;
  /** conmon's socket, SOCK_SEQPACKET. */
  readonly attachSocket: string;
  /** A pipe that takes terminal sizes. */
  readonly control: string;
  readonly monitorPid: string;
  readonly initPid: string;
  readonly monitorLog: string;
  /** Written once init runs, see run-record.ts. */
  readonly record: string;
  /** Tells that it was Lodge who ended the run. */
  readonly killed: string;
  /** Its devices, see devices/placed.ts. */
  readonly devices: string;
  /** Where the file system of a block device is mounted for a moment. */
  readonly staging: string;
  /** Tells that Lodge froze it for a moment, see stillness.ts. */
  readonly still: string;
  /** Of running `exec` commands: process specifications, pid files, sockets. */
  readonly executions: string;
  /** Of all containers: conmon writes exit statuses here, named by id. */
  readonly exits: string;
  readonly exitStatus: string;
  /** What outlives the run. */
  readonly logs: string;
  readonly consoleLog: string;
}

/** conmon and the daemon meet in this directory: an exit is seen there by one watch for all containers. */
export function exitDirectory(paths: LodgePaths): string {
  return join(paths.root, "run", "exits");
}

export function runPaths(paths: LodgePaths, id: InstanceId): RunPaths {
  const run = paths.run(id);
  const bundle = join(run, "bundle");
  const logs = paths.instance(id);
  const exits = exitDirectory(paths);
  return {
    run,
    namespaces: join(run, "ns"),
    bundle,
    configuration: join(bundle, "config.json"),
    runtime: join(run, "crun"),
    attachSocket: join(bundle, "attach"),
    control: join(bundle, "ctl"),
    monitorPid: join(run, "conmon.pid"),
    initPid: join(run, "init.pid"),
    monitorLog: join(run, "conmon.log"),
    record: join(run, "run.json"),
    killed: join(run, "killed"),
    devices: join(run, "devices"),
    staging: join(run, "staging"),
    still: join(run, "still"),
    executions: join(run, "exec"),
    exits,
    exitStatus: join(exits, id),
    logs,
    consoleLog: join(logs, "console.log"),
  };
}
