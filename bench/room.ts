import { mkdtempSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlGroup, ControlGroups, runGroup } from "./measure/control-groups.ts";
import type { PeerRecord } from "./report/records.ts";
import type { Peer, PeerKind, Room } from "./scenario.ts";

export interface RoomOptions {
  readonly quick: boolean;
  readonly started: (record: PeerRecord) => void;
}

/** Where a run takes place: its directory, its control groups, and the peers that it has started. */
export class BenchRoom implements Room, AsyncDisposable {
  readonly quick: boolean;
  readonly directory: string;
  readonly #groups = new ControlGroups();
  readonly #metered: ControlGroup[] = [];
  readonly #peers = new Map<PeerKind<Peer>, Promise<Peer>>();
  readonly #made = new Map<string, Promise<unknown>>();
  readonly #started: (record: PeerRecord) => void;

  private constructor(directory: string, { quick, started }: RoomOptions) {
    this.directory = directory;
    this.quick = quick;
    this.#started = started;
  }

  static async open(options: RoomOptions): Promise<BenchRoom> {
    // Users of guests must be able to pass through. The number says whose it is when this process is no more.
    const directory = mkdtempSync(join(tmpdir(), `${runGroup(process.pid)}-`));
    await chmod(directory, 0o711);
    return new BenchRoom(directory, options);
  }

  group(peer: string): ControlGroup {
    const group = this.#groups.create(peer);
    this.#metered.push(group);
    return group;
  }

  async peer<Started extends Peer>(kind: PeerKind<Started>): Promise<Started> {
    const known = this.#peers.get(kind);
    if (known) return (await known) as Started;
    const starting = kind.start(this).finally(() => this.leave());
    this.#peers.set(kind, starting);
    const peer = await starting;
    this.#started({ kind: "peer", peer: kind.name, versions: peer.versions });
    return peer;
  }

  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(name) as Promise<T> | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }

  /** Puts this process where it belongs to no peer. */
  leave(): void {
    this.#groups.leave();
  }

  /** Seconds of processor time that the peers used so far, all together. */
  processorSeconds(): number {
    return this.#metered.reduce((sum, group) => sum + group.read().processor, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    for (const starting of [...this.#peers.values()].reverse()) {
      const peer = await starting.catch(() => undefined);
      await peer?.[Symbol.asyncDispose]();
    }
    await this.#groups[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
