/**
 * Where peers run that expect to have a host to themselves: this host's files with the peers' packages laid over /etc, /usr and /var,
 * which nothing is written to, and namespaces of its own for mounts, processes, network (loopback alone) and control groups. When its
 * first process ends, everything in it ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCgroupMounts } from "../../packages/daemon/src/system/cgroup-mounts.ts";
import { type CommandOptions, type CommandResult, mustRun, runCommand } from "../../test/harness/command.ts";
import { until } from "../../test/harness/until.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import { Unavailable } from "../scenario.ts";
import { peersRoot } from "./places.ts";

const path = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
const init = join(peersRoot, "usr", "bin", "catatonit");

export class Sandbox implements AsyncDisposable {
  /** Its first process. */
  readonly pid: number;
  readonly #unshare: ChildProcess;
  readonly #daemons: ChildProcess[] = [];

  private constructor(unshare: ChildProcess, pid: number) {
    this.#unshare = unshare;
    this.pid = pid;
  }

  /** `directory`: an empty one. `data`: absolute paths in it that lie on the file system of `directory`, not on an overlay. */
  static async open(group: ControlGroup, directory: string, data: readonly string[]): Promise<Sandbox> {
    if (!existsSync(init)) throw new Unavailable("its packages are not there: `npm run bench:peers` fetches them");
    group.enterTop();
    const namespaces = ["--mount", "--net", "--pid", "--cgroup", "--uts", "--ipc", "--propagation=private"];
    const unshare = spawn("unshare", [...namespaces, "--fork", "--kill-child", init, "-P"], { stdio: "ignore" });
    await once(unshare, "spawn");
    const pid = await until("the first process of a sandbox", 10_000, () => firstChild(unshare.pid ?? 0));
    group.add(pid);
    group.add(unshare.pid ?? 0);
    group.enter();
    const sandbox = new Sandbox(unshare, pid);
    try {
      await sandbox.#furnish(directory, data);
      return sandbox;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A path in it, for programs outside. */
  outside(inside: string): string {
    return join(`/proc/${this.pid}/root`, inside);
  }

  /** Runs a program in it. A failure is a result, too. */
  run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand("nsenter", [...this.#enter, file, ...args], this.#with(options));
  }

  must(file: string, ...args: readonly string[]): Promise<string> {
    return mustRun("nsenter", [...this.#enter, file, ...args], this.#with({ timeout: 300_000 }));
  }

  /** Starts a program that runs as long as the sandbox. Its words go into a file. */
  daemon(file: string, args: readonly string[], log: number, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const options = { env: { ...process.env, PATH: path, ...env }, stdio: ["ignore", log, log] as const };
    const daemon = spawn("nsenter", [...this.#enter, file, ...args], { ...options, stdio: [...options.stdio] });
    this.#daemons.push(daemon);
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#unshare.exitCode !== null || this.#unshare.signalCode !== null) return;
    // With the first process of its namespace every other dies; unshare follows.
    process.kill(this.pid, "SIGKILL");
    await once(this.#unshare, "exit");
    for (const daemon of this.#daemons) {
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, "exit");
    }
  }

  get #enter(): readonly string[] {
    return [`--target=${this.pid}`, "--mount", "--net", "--pid", "--cgroup", "--uts", "--ipc", "--wd=/", "--"];
  }

  #with(options: CommandOptions): CommandOptions {
    return { ...options, env: { PATH: path, LC_ALL: "C.UTF-8", ...options.env } };
  }

  async #furnish(directory: string, data: readonly string[]): Promise<void> {
    for (const place of ["etc", "usr", "var"]) {
      const [upper, work] = [join(directory, place, "upper"), join(directory, place, "work")];
      for (const each of [upper, work]) mkdirSync(each, { recursive: true });
      const layers = `lowerdir=${join(peersRoot, place)}:/${place},upperdir=${upper},workdir=${work}`;
      await this.must("mount", "-t", "overlay", "overlay", "-o", layers, `/${place}`);
    }
    for (const [index, place] of data.entries()) {
      const source = join(directory, `data${index}`);
      mkdirSync(source);
      await this.must("mkdir", "-p", place);
      await this.must("mount", "--bind", source, place);
    }
    for (const place of ["/run", "/root"]) await this.must("mount", "-t", "tmpfs", "tmpfs", place);
    await this.must("mount", "-t", "proc", "proc", "/proc");
    await this.must("mount", "-t", "sysfs", "sysfs", "/sys");
    await this.#mountControlGroups();
    await this.must("ip", "link", "set", "lo", "up");
  }

  /** As the host has them, seen from the sandbox's own group. */
  async #mountControlGroups(): Promise<void> {
    const mounts = parseCgroupMounts(readFileSync("/proc/self/mountinfo", "utf8"));
    await this.must("mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup");
    for (const { path: place, version, controllers } of mounts) {
      if (version === 2 && mounts.length > 1) continue; // A hybrid host's: it confuses more than it gives.
      await this.must("mkdir", "-p", place);
      const type = version === 2 ? ["cgroup2", "cgroup2"] : ["cgroup", "cgroup", "-o", controllers.join(",")];
      await this.must("mount", "-t", ...type, place);
    }
  }
}

function firstChild(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  return child ? Number(child) : undefined;
}
