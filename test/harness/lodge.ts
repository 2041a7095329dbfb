/** A real lodged in a directory and a network of its own, for one test file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type LodgeClient } from "@lodge/sdk";
import { type CommandOptions, type CommandResult, runCommand } from "./command.ts";
import { HostNetwork } from "./host-network.ts";
import { cliMain, daemonMain } from "./programs.ts";
import { register } from "./registration.ts";
import { sweep } from "./sweep.ts";
import { takeDown } from "./take-down.ts";
import { until } from "./until.ts";

export interface LodgeOptions {
  /** `own` (default): a network without uplink, see HostNetwork. `host`: this machine's, for image builds; no networks are made in it. */
  readonly network?: "own" | "host";
  readonly env?: Readonly<Record<string, string>>;
  /** In the network of this one, which is stopped after it. */
  readonly beside?: Lodge;
  /** Whether launches of virtual machines leave templates and fork from them. Default: they boot. */
  readonly templates?: boolean;
  /** With `templates`: how many machines stand ready of each. Default: none. */
  readonly ready?: number;
  /** Directory for LODGE_DIR. Default: /tmp. */
  readonly within?: string;
}

/** Starts one without any image. */
export async function startEmptyLodge(options: LodgeOptions = {}): Promise<Lodge> {
  await sweep();
  const { beside } = options;
  const network = beside?.network ?? (options.network === "host" ? undefined : await HostNetwork.create());
  // Short: names of sockets beneath it must fit into 107 bytes. Others must be able to pass through.
  const directory = mkdtempSync(join(options.within ?? "/tmp", "lodge-t-"));
  await chmod(directory, 0o711);
  register(directory, beside ? undefined : network?.name);
  const lodge = new Lodge(directory, network, options.env ?? {}, beside !== undefined);
  try {
    await lodge.startDaemon();
    if (!options.templates) await lodge.client.server.setConfig({ "templates.enabled": "false" });
    else await lodge.client.server.setConfig({ "templates.ready": `${options.ready ?? 0}` });
    return lodge;
  } catch (error) {
    await takeDown(directory, network?.name, beside !== undefined);
    throw error;
  }
}

export class Lodge implements AsyncDisposable {
  /** LODGE_DIR */
  readonly directory: string;
  readonly client: LodgeClient;
  readonly network: HostNetwork | undefined;
  readonly #isGuest: boolean;
  readonly #env: Readonly<Record<string, string>>;
  #daemon: ChildProcess | undefined;

  /** `isGuest`: the network is another one's. */
  constructor(
    directory: string,
    network: HostNetwork | undefined,
    env: Readonly<Record<string, string>>,
    isGuest = false,
  ) {
    this.#isGuest = isGuest;
    this.directory = directory;
    this.client = connect({ socket: join(directory, "unix.socket") });
    this.network = network;
    this.#env = env;
  }

  get pid(): number {
    if (this.#daemon?.pid === undefined) throw new Error("lodged is not running");
    return this.#daemon.pid;
  }

  /** Starts lodged and returns when it answers. */
  async startDaemon(): Promise<void> {
    const [file, ...args] = [...this.insideHostNetwork, process.execPath, daemonMain];
    const log = openSync(this.#log, "a", 0o600);
    const daemon = spawn(file, args, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        LODGE_DIR: this.directory,
        ...(this.network ? {} : { LODGE_UPLINK: "none" }),
        ...this.#env,
      },
    });
    closeSync(log);
    this.#daemon = daemon;
    await until("lodged answers", 60_000, async () => {
      if (daemon.exitCode !== null || daemon.signalCode !== null) {
        throw new Error(`lodged ended at its start:\n${await this.daemonLog()}`);
      }
      return this.client.server.get().catch(() => undefined);
    });
  }

  /** Ends lodged with a signal and returns when it is gone. */
  async endDaemon(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill(signal);
    await once(daemon, "exit");
  }

  async restartDaemon(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    await this.endDaemon(signal);
    await this.startDaemon();
  }

  get #log(): string {
    return join(this.directory, "test-lodged.log");
  }

  /** The end of what lodged logged. */
  async daemonLog(): Promise<string> {
    return (await readFile(this.#log, "utf8")).slice(-20_000);
  }

  /** The last warnings and errors that lodged logged. */
  async complaints(): Promise<string> {
    const lines = (await this.daemonLog()).split("\n").filter((line) => !line.startsWith('{"level":30'));
    return ["The daemon's log:", ...lines.slice(-8)].join("\n");
  }

  /** Runs the CLI: `lodge.run("exec", "c1", "--", "true")`. A failure is a result, too. */
  run(...args: string[]): Promise<CommandResult> {
    return this.runWith({}, ...args);
  }

  runWith(options: CommandOptions, ...args: string[]): Promise<CommandResult> {
    // The remotes of whoever runs the tests are none of theirs.
    const env = { LODGE_DIR: this.directory, LODGE_CONF: "/nonexistent", NO_COLOR: "1", ...options.env };
    return runCommand(process.execPath, [cliMain, ...args], { ...options, env });
  }

  /** Runs the CLI, which must succeed, and returns its standard output without the last newline. */
  async must(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.runWith({ timeout: 300_000 }, ...args);
    if (status === 0) return stdout.replace(/\n$/, "");
    throw new Error(`lodge ${args.join(" ")}: status ${status}\n${stderr}${stdout}\n${await this.complaints()}`);
  }

  /** An instance's IPv4 address, once it has that: in a guest on a busy host one of IPv6 may come first, for which `lodge wait` waits as well. */
  ipv4(name: string): Promise<string> {
    return until(`an IPv4 address of ${name}`, 60_000, async () => {
      const { network } = await this.client.instances.state(name);
      const all = Object.values(network).flatMap(({ addresses }) => addresses);
      return all.find(({ family, scope }) => family === "inet" && scope === "global")?.address;
    });
  }

  /** Put before a command, runs it in the network that the daemon takes for the host's. */
  get insideHostNetwork(): readonly string[] {
    return this.network?.inside ?? [];
  }

  /** Runs a host program in the network that the daemon takes for the host's; at most ten minutes. */
  runOnHost(file: string, ...args: string[]): Promise<CommandResult> {
    const [first = file, ...rest] = [...this.insideHostNetwork, file, ...args];
    return runCommand(first, rest, { timeout: 600_000 });
  }

  /** Takes everything down. Throws when something of it is left on the host. */
  async stop(): Promise<void> {
    this.client.close();
    const remains = await takeDown(this.directory, this.network?.name, this.#isGuest);
    if (remains.length > 0) throw new Error(`Left on the host:\n  ${remains.join("\n  ")}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
