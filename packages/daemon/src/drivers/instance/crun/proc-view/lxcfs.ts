/** What containers' own /proc says of memory, processors and uptime: lxcfs serves it, one process for all of a LODGE_DIR's containers. */
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { detach, isMounted } from "../../../../system/mounts.ts";
import type { LodgePaths } from "../../../../system/paths.ts";
import { isAlive, type ProcessIdentity, signalProcess } from "../../../../system/process.ts";
import { type HostProcess, listProcesses } from "../../../../system/process-list.ts";
import { startLasting } from "../../../../system/spawn/lasting-process.ts";
import { toolEnvironment } from "../monitor.ts";
import { type ProcView, servedView } from "./view.ts";

/** Milliseconds for it to serve, and to end. */
const patience = 5_000;
const pause = 10;
const nothing: ProcView = { mounts: [] };

export interface LxcfsOptions {
  readonly paths: LodgePaths;
  readonly cgroups: Pick<Cgroups, "addMonitor">;
  readonly log: Logger;
}

export class Lxcfs {
  /** Where it is mounted, in the daemon's mount namespace. */
  readonly #directory: string;
  readonly #cgroups: Pick<Cgroups, "addMonitor">;
  readonly #log: Logger;
  #starting: Promise<void> | undefined;
  /** It would again. */
  #failed = false;

  constructor({ paths, cgroups, log }: LxcfsOptions) {
    this.#directory = join(paths.root, "run", "lxcfs");
    this.#cgroups = cgroups;
    this.#log = log;
  }

  /** What a container gets to see. Starts it if it is not there; nothing where it cannot be: /proc says then what the host has. */
  async view(): Promise<ProcView> {
    const served = await servedView(this.#directory);
    if (served || this.#failed) return served ?? nothing;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
    return (await servedView(this.#directory)) ?? nothing;
  }

  /** Ends it, when no container is left that it serves. Idempotent. `processes`: all of the host. */
  async end(processes: readonly HostProcess[]): Promise<void> {
    const directory = this.#directory;
    const isOurs = ({ command }: HostProcess) => command[0] === "lxcfs" && command.includes(directory);
    for (const process of processes.filter(isOurs)) await endProcess(process);
    if (await isMounted(directory)) detach(directory);
  }

  async #start(): Promise<void> {
    const directory = this.#directory;
    const log = this.#log;
    try {
      // One that died takes its mount with it only when it was asked to end.
      await this.end(await listProcesses());
      await mkdir(directory, { recursive: true, mode: 0o711 });
      const { pid, exited } = spawnLxcfs(directory);
      const over = { yet: false };
      void exited.then(() => {
        over.yet = true;
      });
      await this.#cgroups.addMonitor(pid);
      for (const end = Date.now() + patience; !(await servedView(directory)); await delay(pause))
        if (over.yet || Date.now() > end) throw new Error("it does not serve its files");
      void exited.then(() => log.warn("lxcfs has ended: what it served is missing in running containers' /proc"));
    } catch (err) {
      this.#failed = true;
      log.warn({ err }, "lxcfs does not run here: in containers, /proc says what the host has");
    }
  }
}

function spawnLxcfs(directory: string) {
  const none = openSync("/dev/null", "r+");
  try {
    const args = ["--foreground", `--pidfile=${directory}.pid`, directory];
    return startLasting({ file: "lxcfs", args, env: toolEnvironment, cwd: "/", streams: [none, none, none] });
  } finally {
    closeSync(none);
  }
}

async function endProcess(process: ProcessIdentity): Promise<void> {
  for (const signal of [15, 9]) {
    await signalProcess(process, signal);
    for (const end = Date.now() + patience; Date.now() < end; await delay(pause)) if (!(await isAlive(process))) return;
  }
}
