/** Three containers and three virtual machines with files to read, and the host's memory that they share. */
import { text } from "node:stream/consumers";
import type { InstanceType } from "@lodge/api";
import { tagOf } from "../../scripts/setup/places.mjs";
import { InstanceMemory } from "../measure/instance-memory.ts";
import { type Curve, type CurvePoint, type TargetChange, targetAt } from "../measure/memory-curves.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { remove, runIn, stop } from "../peers/rest-system.ts";
import type { Room } from "../scenario.ts";

const mebibyte = 2 ** 20;

/** Bytes, of each. */
export const limit = 640 * mebibyte;
export const guarantee = 64 * mebibyte;
/** Files that it reads. */
export const workingSet = 512 * mebibyte;
/** With so much it has all of them in its memory, and its programs. */
export const need = workingSet + 32 * mebibyte;
/** For all six: half of their limits. */
export const budget = 3 * limit;
/** Of the host's memory, as the governor has it unless it is told otherwise. */
const budgetShare = 0.8;
/** Bytes a second that the disk of each gives. */
export const readRate = 128 * mebibyte;

const image = "tiny";
const file = mebibyte;
const files = workingSet / file;
/** Files that are read at once, between two looks at the clock. */
const handful = 8;

/** Of data that no disk can leave out. */
const fill =
  `mkdir /root/set && cd /root/set && head -c ${file} /dev/urandom >block && ` +
  `for i in $(seq ${files}); do cp block $i; done && rm block && sync`;
/** A line for each handful. */
const read = `cd /root/set; while :; do cat $(shuf -i 1-${files} -n ${handful}) >/dev/null || exit; echo; done`;

export interface Seat {
  readonly name: string;
  readonly type: InstanceType;
  /** As its control group is named. */
  readonly id: string;
}

export class SixInstances {
  readonly peer: LodgePeer;
  readonly seats: readonly Seat[];
  readonly #memory: InstanceMemory;
  /** That the kernel had killed before. */
  readonly #killed = new Map<Seat, number>();
  #closed: Promise<void> | undefined;

  private constructor(peer: LodgePeer, seats: readonly Seat[]) {
    this.peer = peer;
    this.seats = seats;
    this.#memory = new InstanceMemory(`lodge-${tagOf(peer.lodge.directory)}`);
  }

  static async launch(room: Room): Promise<SixInstances> {
    const peer = await room.peer(lodgePeer);
    for (const type of ["container", "virtual-machine"] as const) await peer.image(image, type);
    const names = ["container", "virtual-machine"].flatMap((type) =>
      [1, 2, 3].map((number) => ({
        type: type as InstanceType,
        name: `${type === "container" ? "c" : "vm"}-${number}`,
      })),
    );
    const seats = await Promise.all(
      names.map(async ({ name, type }) => {
        const config = { "limits.memory": String(limit), "limits.memory.min": String(guarantee) };
        const root = { type: "disk", path: "/", pool: "default", "limits.read": String(readRate) };
        await peer.launch(name, image, type, { config, devices: { root } });
        await peer.ready(name);
        await runIn(peer, name, "sh", "-c", fill);
        const { config: made } = await peer.client.instances.get(name);
        return { name, type, id: (made["volatile.uuid"] ?? "").slice(0, 8) };
      }),
    );
    return new SixInstances(peer, seats);
  }

  /** All of them start anew, with nothing in their memory. `most`: bytes that each may have. */
  async arrange(most: number): Promise<void> {
    await Promise.all(
      this.seats.map(async ({ name, id }) => {
        const { client } = this.peer;
        // What is read again comes from the disk, and not from what the host has kept of the round before.
        this.#memory.dropCaches(id);
        const { status } = await client.instances.get(name);
        if (status !== "Stopped") await stop(this.peer, name);
        await this.peer.lodge.must("config", "set", name, `limits.memory=${most}`);
        await (await client.instances.setState(name, "start", {})).wait();
        await this.peer.ready(name);
      }),
    );
    for (const seat of this.seats) this.#killed.set(seat, await this.#kills(seat));
  }

  /** The host has memory of which the budget is the usual part; undefined: all that there is. */
  async share({ budget: bytes, governor }: { budget: number | undefined; governor: "on" | "off" }): Promise<void> {
    this.#memory.limit(bytes === undefined ? undefined : Math.round(bytes / budgetShare));
    await this.peer.client.server.setConfig({
      "governor.memory.budget": bytes === undefined ? "" : String(bytes),
      "governor.mode": governor,
    });
  }

  /** Has one of them read its files, and returns the bytes that it got to. One that was killed gets to none. */
  async work({ name }: Seat, milliseconds: number): Promise<number> {
    const command = ["timeout", String(milliseconds / 1000), "sh", "-c", read];
    try {
      const session = await this.peer.client.instances.exec(name, { command });
      session.stdin.end();
      const [lines] = await Promise.all([text(session.stdout), session.exit]);
      return lines.length * handful * file;
    } catch (error) {
      const { status } = await this.peer.client.instances.get(name);
      if (status === "Running") throw error;
      return 0;
    }
  }

  /** Processes that were killed since they started, on the host and by guests' own kernels, and instances that are gone. */
  async kills(): Promise<number> {
    const counts = await Promise.all(
      this.seats.map(async (seat) => {
        const { status } = await this.peer.client.instances.get(seat.name);
        return status === "Running" ? (await this.#kills(seat)) - (this.#killed.get(seat) ?? 0) : 1;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #kills({ name, type, id }: Seat): Promise<number> {
    const onHost = this.#memory.kills(id);
    if (type === "container") return onHost;
    const inGuest = await runIn(this.peer, name, "sh", "-c", "grep -s '^oom_kill ' /proc/vmstat || echo oom_kill 0");
    return onHost + Number(inGuest.split(" ")[1]);
  }

  /** `first`: bytes that each may have before the governor has said anything. */
  record(first: number, governor: "on" | "off"): Recording {
    const used = ({ id, type }: Seat) => this.#memory.used(id, type);
    return new Recording(this.peer, { seats: this.seats, used, first, governed: governor === "on" });
  }

  /** Once, whoever asks. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      for (const { name } of this.seats) await remove(this.peer, name);
    })();
    return this.#closed;
  }
}

interface RecordingOptions {
  readonly seats: readonly Seat[];
  readonly used: (seat: Seat) => number;
  readonly first: number;
  readonly governed: boolean;
}

/** What they have over time; what they might have the governor's log tells afterwards. */
export class Recording {
  readonly #peer: LodgePeer;
  readonly #options: RecordingOptions;
  readonly #begun = Date.now();
  readonly #looks = new Map<Seat, { at: number; used: number }[]>();
  readonly #works = new Map<Seat, Curve["works"]>();

  constructor(peer: LodgePeer, options: RecordingOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  look(): void {
    const at = this.#now();
    for (const seat of this.#options.seats) {
      const looks = this.#looks.get(seat) ?? [];
      looks.push({ at, used: this.#options.used(seat) });
      this.#looks.set(seat, looks);
    }
  }

  /** One has work from now on. Returns what ends that. */
  begin(seat: Seat): () => void {
    const from = this.#now();
    return () => void this.#works.set(seat, { from, to: this.#now() });
  }

  async curves(): Promise<Curve[]> {
    const { seats, first, governed } = this.#options;
    const since = new Date(this.#begun - patience).toISOString();
    const lines = governed ? await this.#peer.client.governor.log({ since, limit: 5000 }) : [];
    return seats.map((seat) => {
      const changes = lines
        .filter(({ instance }) => instance === seat.name)
        .map(({ timestamp, to }): TargetChange => ({ at: (Date.parse(timestamp) - this.#begun) / 1000, to }));
      const points = (this.#looks.get(seat) ?? []).map(
        ({ at, used }): CurvePoint => ({ at, used, target: targetAt(at, first, changes) }),
      );
      return { name: seat.name, works: this.#works.get(seat) ?? { from: 0, to: 0 }, points };
    });
  }

  #now(): number {
    return Math.round((Date.now() - this.#begun) / 10) / 100;
  }
}

/** Milliseconds before the recording in which the governor may have been switched on. */
const patience = 5_000;
