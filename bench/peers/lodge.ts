/** Lodge itself: a built daemon in a directory and a network of its own, as tests have it. */
import { text } from "node:stream/consumers";
import type { InstanceCreate, InstanceType } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { tagOf } from "../../scripts/setup/places.mjs";
import { importCachedImage } from "../../test/harness/image-cache.ts";
import type { Lodge } from "../../test/harness/lodge.ts";
import { startLodge } from "../../test/harness/start-lodge.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";

export class LodgePeer implements Peer {
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

  /** Imports an image, once. */
  async image(alias: string, type: InstanceType): Promise<void> {
    const key = `${type} ${alias}`;
    if (this.#images.has(key)) return;
    this.#images.add(key);
    await importCachedImage(this.client, alias, { type });
  }

  /** Makes an instance and starts it; resolves when the daemon says that this is done. */
  async launch(name: string, image: string, type: InstanceType, more: Partial<InstanceCreate> = {}): Promise<void> {
    const source = { type: "image", alias: image } as const;
    await (await this.client.instances.create({ name, type, source, start: true, ...more })).wait();
  }

  /** Resolves with what a first command in the instance answered; waits for its guest to boot. */
  async firstReply(name: string): Promise<string> {
    await this.client.instances.waitFor(name, { condition: "ready", signal: AbortSignal.timeout(patience) });
    return this.reply(name);
  }

  async reply(name: string): Promise<string> {
    const session = await this.client.instances.exec(name, { command: ["echo", "here"] });
    session.stdin.end();
    const answer = await text(session.stdout);
    const status = await session.exit;
    if (status !== 0 || answer !== "here\n") throw new Error(`exec in ${name}: status ${status}, answer ${answer}`);
    return answer;
  }

  /** Does something while every virtual machine boots cold. */
  async cold<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Deletes an instance that may run. */
  async remove(name: string): Promise<void> {
    const { status } = await this.client.instances.get(name);
    if (status !== "Stopped") {
      await (await this.client.instances.setState(name, "stop", { force: true })).wait();
    }
    await (await this.client.instances.delete(name)).wait();
  }

  /** Of a container its init, of a virtual machine QEMU. */
  async pid(name: string): Promise<number> {
    return (await this.client.instances.state(name)).pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lodge.stop();
  }
}

/** Milliseconds for a guest to boot, also on a busy machine. */
const patience = 300_000;

export const lodgePeer: PeerKind<LodgePeer> = {
  name: "lodge",
  async start(room: Room) {
    const group = room.group("lodge");
    group.enter();
    const lodge = await startLodge();
    try {
      group.also(`lodge-${tagOf(lodge.directory)}`);
      const { api_extensions: extensions } = await lodge.client.server.get();
      return new LodgePeer(group, lodge, extensions);
    } catch (error) {
      await lodge.stop();
      throw error;
    }
  },
};
