/** A lodged as users have it, a unit of systemd on a host of its own: a virtual machine of the lodged under test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type LodgeClient } from "@lodge/sdk";
import { shutdownUnitText, unitText } from "../../scripts/host/unit.mjs";
import { packCheckout } from "./checkout-archive.ts";
import type { CommandResult } from "./command.ts";
import { debianHost, debianHostDefinition } from "./debian-host.ts";
import { importCachedImage } from "./image-cache.ts";
import type { Lodge } from "./lodge.ts";
import { until } from "./until.ts";

const host = "host";
const directory = "/var/lib/lodge";
const checkout = "/opt/lodge";
const node = `${checkout}/.node/bin/node`;
const main = `${checkout}/packages/daemon/dist/lodged.js`;
const cli = `${checkout}/packages/cli/dist/lodge.js`;
const port = 4000;
/** Milliseconds. Without hardware virtualization all of it is many times slower than on the host. */
const patience = 900_000;

/** Serves the daemon's socket to the network, also after a reboot. */
const relayUnit = `[Service]
ExecStart=socat TCP-LISTEN:${port},fork,reuseaddr UNIX-CONNECT:${directory}/unix.socket
[Install]
WantedBy=multi-user.target
`;

export class NestedLodge implements AsyncDisposable {
  /** Of the daemon inside. */
  readonly pool = `${directory}/pools/default`;
  #client: LodgeClient;
  readonly #outer: Lodge;
  readonly #scratch: string;
  readonly #socket: string;
  #relay: ChildProcess | undefined;

  private constructor(outer: Lodge) {
    this.#outer = outer;
    this.#scratch = mkdtempSync(join(tmpdir(), "lodge-nested-"));
    this.#socket = join(this.#scratch, "unix.socket");
    this.#client = this.connect();
  }

  get client(): LodgeClient {
    return this.#client;
  }

  /** Another client, for what is to be cut off. The caller closes it. */
  connect(): LodgeClient {
    return connect({ socket: this.#socket });
  }

  /** Launches the virtual machine and starts lodged in it. It goes with the outer daemon; dispose it before that. */
  static async start(outer: Lodge): Promise<NestedLodge> {
    const nested = new NestedLodge(outer);
    try {
      await importCachedImage(outer.client, debianHost, { type: "virtual-machine", yaml: debianHostDefinition() });
      const size = ["-c", "limits.cpu=2", "-c", "limits.memory=3GiB"];
      await nested.#outside("launch", debianHost, host, "--vm", ...size);
      await nested.#outside("wait", host, "--timeout", "900");
      await nested.#install();
      await nested.#openRelay();
      await nested.answers();
      return nested;
    } catch (error) {
      await nested[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs the CLI of the host outside with the daemon inside. */
  run(...args: string[]): Promise<CommandResult> {
    return this.#outer.runWith({ env: { LODGE_SOCKET: this.#socket }, timeout: patience }, ...args);
  }

  /** The same; it must succeed. Returns its standard output without the last newline. */
  async must(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...args);
    if (status === 0) return stdout.replace(/\n$/, "");
    throw new Error(`lodge ${args.join(" ")}: status ${status}\n${stderr}${stdout}\n${await this.log()}`);
  }

  /** Runs a line of shell as root on the daemon's host. */
  onHost(line: string): Promise<string> {
    return this.#outside("exec", host, "--", "sh", "-ec", line);
  }

  /** The end of what systemd and lodged say about the unit. */
  log(): Promise<string> {
    return this.onHost("journalctl --unit=lodged --output=cat --no-pager --lines=50");
  }

  /** Waits until the daemon serves. */
  async answers(): Promise<void> {
    await until("lodged answers", patience, () => this.client.server.get().catch(() => undefined));
  }

  /** Reboots the daemon's host, as its administrator does, and returns when the next daemon serves. */
  async reboot(): Promise<void> {
    const boot = "cat /proc/sys/kernel/random/boot_id";
    const before = await this.onHost(boot);
    await this.#outer.runWith({ timeout: patience }, "exec", host, "--", "systemctl", "reboot");
    await until("the next boot", patience, async () => {
      const { status, stdout } = await this.#outer.runWith({ timeout: patience }, "exec", host, "--", "sh", "-c", boot);
      return status === 0 && stdout.trim() !== before;
    });
    await this.answers();
  }

  /**
   * Takes the power from the daemon's host: what its kernel had not written is lost. Returns when the next daemon
   * serves.
   */
  async cutPower(): Promise<void> {
    const { pid } = await this.#outer.client.instances.state(host);
    process.kill(pid, "SIGKILL");
    this.#client.close();
    this.#client = this.connect();
    await until("the power to be off", patience, async () => {
      return (await this.#outer.client.instances.state(host)).status === "Stopped";
    });
    await this.#outside("start", host);
    await this.#outside("wait", host, "--timeout", "900");
    await this.answers();
  }

  /** Removes the daemon inside with all that it made, and the relay to it. */
  async purge(): Promise<void> {
    await this.onHost(`systemctl stop lodge-relay lodged && LODGE_DIR=${directory} ${node} ${main} purge`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    if (this.#relay?.exitCode === null && this.#relay.kill()) await once(this.#relay, "exit");
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  async #install(): Promise<void> {
    const archive = join(this.#scratch, "lodge.tar.zst");
    await packCheckout(archive);
    await this.#outside("file", "push", archive, `${host}/root/lodge.tar.zst`);
    await this.onHost(`mkdir ${checkout} && tar -x --zstd -f /root/lodge.tar.zst -C ${checkout}`);
    const units = {
      "lodged.service": unitText({ node, main, directory, environment: { LODGE_UPLINK: "none" } }),
      "lodged-shutdown.service": shutdownUnitText({ node, cli, directory }),
      "lodge-relay.service": relayUnit,
    };
    for (const [name, text] of Object.entries(units)) {
      writeFileSync(join(this.#scratch, name), text);
      await this.#outside("file", "push", join(this.#scratch, name), `${host}/etc/systemd/system/${name}`);
    }
    await this.onHost(`systemctl daemon-reload && systemctl enable --now ${Object.keys(units).join(" ")}`);
  }

  /** Brings the socket of the daemon inside to this host, over the network between them. */
  async #openRelay(): Promise<void> {
    const addresses = await this.#outside("wait", host, "address", "--timeout", "900");
    const [address = ""] = addresses.split("\n");
    const [file = "", ...args] = [
      ...this.#outer.insideHostNetwork,
      ...["socat", `UNIX-LISTEN:${this.#socket},fork`, `TCP:${address}:${port},connect-timeout=5`],
    ];
    this.#relay = spawn(file, args, { stdio: "ignore" });
    await once(this.#relay, "spawn");
  }

  /** Runs the CLI with the daemon outside; it must succeed. */
  async #outside(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.#outer.runWith({ timeout: patience }, ...args);
    if (status === 0) return stdout.replace(/\n$/, "");
    throw new Error(`lodge ${args.join(" ")}: status ${status}\n${stderr}${stdout}`);
  }
}
