import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstanceType } from "@lodge/api";
import { connect, type LodgeClient } from "@lodge/sdk";
import { until } from "../../test/harness/until.ts";
import { type PeerKind, type Room, Unavailable } from "../scenario.ts";
import { loopSize } from "./lodge.ts";
import type { PoolDriver, RestSystem } from "./rest-system.ts";
import type { Sandbox } from "./sandbox.ts";
import { answers, SandboxedPeer, type Started, startInSandbox } from "./sandboxed-peer.ts";
import { sharedImage } from "./shared-image.ts";

const directory = "/var/lib/lxd";
const daemonArguments = ["--group", "root"] as const;

/** LXD with a bridge of its own and a pool on `dir`; reached by its own program, or by Lodge's client: they speak the same protocol. */
export class LxdPeer extends SandboxedPeer implements RestSystem {
  readonly client: LodgeClient;
  readonly socket: string;
  readonly #room: Room;
  readonly #images = new Set<string>();

  constructor(room: Room, started: Started) {
    super(started);
    this.#room = room;
    this.socket = this.sandbox.outside(join(directory, "unix.socket"));
    this.client = connect({ socket: this.socket });
  }

  /** Runs its command line program, which must succeed. */
  lxc(...args: readonly string[]): Promise<string> {
    return this.sandbox.must("lxc", ...args);
  }

  /** Imports one of Lodge's images, once. Returns its alias. */
  async image(alias: string, type: InstanceType): Promise<string> {
    if (type === "virtual-machine") await this.#requireQemu();
    const name = `${alias.replaceAll("/", "-")}-${type}`;
    if (!this.#images.has(name)) {
      const { metadata, rootfs } = await sharedImage(this.#room, alias, type);
      await this.lxc("image", "import", metadata, rootfs, "--alias", name);
      this.#images.add(name);
    }
    return name;
  }

  async #requireQemu(): Promise<void> {
    const { environment } = await this.client.server.get();
    if (!String(environment["driver"]).includes("qemu"))
      throw new Unavailable("LXD finds no KVM and vsock that it can use here");
  }

  /** Makes and starts an instance, by the API. */
  async launch(name: string, image: string, type: InstanceType): Promise<void> {
    await (await this.client.instances.create({ name, type, source: { type: "image", alias: image } })).wait();
    await (await this.client.instances.setState(name, "start")).wait();
  }

  async pool(driver: PoolDriver): Promise<string> {
    if (driver === "dir") return "default";
    const known = await this.client.pools.list();
    if (!known.some(({ name }) => name === driver)) {
      await this.lxc("storage", "create", driver, driver, `size=${loopSize}`);
    }
    return driver;
  }

  /** An instance gets its address when it asks for one. */
  async makeRoom(): Promise<void> {}

  /** A container takes commands as soon as it is started. */
  async ready(): Promise<void> {}

  /** Ends the daemon alone: its instances go on. */
  async endDaemon(): Promise<void> {
    const { environment } = await this.client.server.get();
    // As the sandbox counts processes.
    const pid = String(environment["server_pid"]);
    await this.sandbox.must("kill", "-TERM", pid);
    await until("the end of LXD's daemon", 60_000, async () => {
      const { status } = await this.sandbox.run("kill", ["-0", pid]);
      return status !== 0;
    });
  }

  /** Starts it again; resolves with its first answer. */
  async startDaemon(): Promise<void> {
    const log = openSync(join(this.#room.directory, "lxd", "log"), "a");
    this.sandbox.daemon("lxd", daemonArguments, log);
    closeSync(log);
    await until("LXD answers", 60_000, () => this.client.server.get().catch(() => undefined));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await super[Symbol.asyncDispose]();
  }
}

export const lxdPeer: PeerKind<LxdPeer> = {
  name: "lxd",
  async start(room: Room) {
    const started = await startInSandbox(room, {
      name: "lxd",
      data: [directory],
      async prepare(sandbox, { descriptor }) {
        // Ids for containers; the file is the sandbox's own.
        for (const file of ["/etc/subuid", "/etc/subgid"]) {
          writeFileSync(sandbox.outside(file), "root:1000000:1000000000\n");
        }
        sandbox.daemon("lxd", daemonArguments, descriptor);
        await answers(sandbox, "lxc", "query", "/1.0");
        await setUp(sandbox);
        return { LXD: await sandbox.must("lxd", "--version") };
      },
    });
    return new LxdPeer(room, started);
  },
};

async function setUp(sandbox: Sandbox): Promise<void> {
  const input = JSON.stringify({
    config: {},
    networks: [
      {
        name: "lxdbr0",
        type: "bridge",
        config: { "ipv4.address": "10.77.0.1/24", "ipv4.nat": "false", "ipv6.address": "none" },
      },
    ],
    storage_pools: [{ name: "default", driver: "dir" }],
    profiles: [
      {
        name: "default",
        devices: {
          root: { type: "disk", path: "/", pool: "default" },
          eth0: { type: "nic", name: "eth0", network: "lxdbr0" },
        },
      },
    ],
  });
  const { status, stderr } = await sandbox.run("lxd", ["init", "--preseed"], { input });
  if (status !== 0) throw new Error(`lxd init: ${stderr}`);
}
