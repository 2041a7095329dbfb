/** Lodge itself: a built daemon in a directory and a network of its own, as tests have it. */
import { join } from "node:path";
import type { InstanceCreate, InstanceType } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { tagOf } from "../../scripts/setup/places.mjs";
import { importCachedImage } from "../../test/harness/image-cache.ts";
import type { Lodge } from "../../test/harness/lodge.ts";
import { startLodge } from "../../test/harness/start-lodge.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import { type PeerKind, type Room, Unavailable } from "../scenario.ts";
import type { PoolDriver, RestSystem } from "./rest-system.ts";

export class LodgePeer implements RestSystem {
  readonly group: ControlGroup;
  readonly versions: Readonly<Record<string, string>>;
  readonly lodge: Lodge;
  readonly extensions: ReadonlySet<string>;
  readonly #images = new Set<string>();

  constructor(group: ControlGroup, lodge: Lodge, extensions: readonly string[]) {
    this.group = group;
    this.lodge = lodge;
    this.extensions = new Set(extensions);
    this.versions = {};
  }

  get client(): LodgeClient {
    return this.lodge.client;
  }

  get socket(): string {
    return join(this.lodge.directory, "unix.socket");
  }

  /** An instance has its address from the moment it is made. */
  async makeRoom(): Promise<void> {
    const { config, description } = await this.client.networks.get("lodgebr0");
    await this.client.networks.update("lodgebr0", {
      description,
      config: { ...config, "ipv4.address": "10.78.0.1/16" },
    });
  }

  async image(alias: string, type: InstanceType): Promise<string> {
    const key = `${type} ${alias}`;
    if (!this.#images.has(key)) await importCachedImage(this.client, alias, { type });
    this.#images.add(key);
    return alias;
  }

  async pool(driver: PoolDriver): Promise<string> {
    if (driver === "dir") return "default";
    const known = await this.client.pools.list();
    if (known.some(({ name }) => name === driver)) return driver;
    const { status, stderr } = await this.lodge.run("storage", "create", driver, driver, `size=${loopSize}`);
    if (status !== 0) throw new Unavailable(`no pool on ${driver}: ${stderr.trim().replace(/^Error: /, "")}`);
    return driver;
  }

  /** Makes an instance and starts it; resolves when the daemon says that this is done. */
  async launch(name: string, image: string, type: InstanceType, more: Partial<InstanceCreate> = {}): Promise<void> {
    const source = { type: "image", alias: image } as const;
    await (await this.client.instances.create({ name, type, source, start: true, ...more })).wait();
  }

  async ready(name: string): Promise<void> {
    await this.client.instances.waitFor(name, { condition: "ready", signal: AbortSignal.timeout(patience) });
  }

  /**
   * Does something while launches of virtual machines begin from templates, and leave them. Otherwise every machine boots cold. `ready`:
   * how many machines stand ready of each template that is used meanwhile.
   */
  async withTemplates<T>(work: () => Promise<T>, ready = 0): Promise<T> {
    const on = { "templates.enabled": "true", ...(this.hasReady && { "templates.ready": `${ready}` }) };
    await this.client.server.setConfig(on);
    try {
      return await work();
    } finally {
      await this.client.server.setConfig({ "templates.enabled": "false" });
    }
  }

  /** Whether machines can stand ready. */
  get hasReady(): boolean {
    return this.extensions.has("lodge_templates_ready");
  }

  /** How a virtual machine began: `template`, or `boot: ` and the reason. Undefined: this Lodge has no templates. */
  async begun(name: string): Promise<string | undefined> {
    return (await this.client.instances.get(name)).config["volatile.begun"];
  }

  /** Of a container its init, of a virtual machine QEMU. */
  async pid(name: string): Promise<number> {
    return (await this.client.instances.state(name)).pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // By itself: what is killed writes no profile of itself.
    await this.lodge.endDaemon("SIGTERM");
    await this.lodge.stop();
  }
}

/** Milliseconds for a guest to boot, also on a busy machine. */
const patience = 300_000;

/** Of a pool in a file, which takes what is written: some more than the largest scenario writes. */
export const loopSize = "24GiB";

export const lodgePeer: PeerKind<LodgePeer> = {
  name: "lodge",
  async start(room: Room) {
    const group = room.group("lodge");
    group.enter();
    const lodge = await startLodge();
    try {
      group.also(`lodge-${tagOf(lodge.directory)}`);
      const { api_extensions: extensions } = await lodge.client.server.get();
      await lodge.client.server.setConfig({ "templates.enabled": "false" });
      return new LodgePeer(group, lodge, extensions);
    } catch (error) {
      await lodge.stop();
      throw error;
    }
  },
};
