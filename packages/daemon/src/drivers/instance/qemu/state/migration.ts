/** A machine's state on its way out of one QEMU and into another. */
import { LodgeError } from "@lodge/api/errors";
import type { MigrationCapability, MigrationStatus, QmpClient, QmpEvent } from "@lodge/qmp";
import type { Passes } from "./passes.ts";

/** The name under which both sides have been given the stream (`getfd`). */
export const streamName = "state";

/** Bytes a second, more than any memory has: QEMU's own bound is for networks. */
const unbounded = 2 ** 40;

/** Sets exactly these capabilities, whatever an earlier attempt left. */
export async function setCapabilities(qmp: QmpClient, wanted: readonly MigrationCapability[]): Promise<void> {
  const all: readonly MigrationCapability[] = [
    "events",
    "auto-converge",
    "pause-before-switchover",
    "late-block-activate",
    "x-ignore-shared",
  ];
  const capabilities = all.map((capability) => ({
    capability,
    state: capability === "events" || wanted.includes(capability),
  }));
  await qmp.execute("migrate-set-capabilities", { capabilities });
}

export interface Departure {
  /** Milliseconds in which the last of the memory is to be moved while the machine stands still, when there are many passes. */
  readonly downtime: number;
  readonly passes: Passes;
  /** Runs while the machine stands still and its disks are still its own. */
  readonly still: () => Promise<void>;
  /** Of the bytes that are there, 0 to 100; may go back, as the machine writes. */
  readonly progress: (percent: number) => void;
}

/** Milliseconds between questions how far it is. */
const interval = 200;

const uri = `fd:${streamName}`;

/**
 * Sends the state into the stream. Resolves when all of it is out; the machine stands still then. Rejected or aborted, it runs as before.
 */
export async function sendState(
  qmp: QmpClient,
  { downtime, passes, still, progress }: Departure,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const limit = passes === "one" ? 0 : downtime;
  await qmp.execute("migrate-set-parameters", { "max-bandwidth": unbounded, "downtime-limit": limit });
  using way = new MigrationWatch(qmp);
  if (passes === "one") await beginStill(qmp, way);
  else await qmp.execute("migrate", { uri });
  const asking = setInterval(() => void ask(qmp, progress), interval);
  const abort = () => void qmp.execute("migrate_cancel").catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await way.reached("pre-switchover");
    await still();
    signal.throwIfAborted();
    await qmp.execute("migrate-continue", { state: "pre-switchover" });
    await way.reached("completed");
    await settled(qmp);
  } catch (error) {
    await takeBack(qmp, way);
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(asking);
    signal.removeEventListener("abort", abort);
  }
}

/** Begins while the machine stands still, which goes on once QEMU notices what it writes. */
async function beginStill(qmp: QmpClient, way: MigrationWatch): Promise<void> {
  const { running } = await qmp.execute("query-status");
  await qmp.execute("stop");
  try {
    await qmp.execute("migrate", { uri });
    await way.reached("active");
  } finally {
    if (running) await goOnMeanwhile(qmp);
  }
}

/** QEMU refuses when it has been faster and is through already. The machine then stands still until its state is out. */
async function goOnMeanwhile(qmp: QmpClient): Promise<void> {
  try {
    await qmp.execute("cont");
  } catch (error) {
    const { status } = await qmp.execute("query-status");
    if (status !== "finish-migrate") throw error;
  }
}

/** Sends the state of a machine that does not run. */
export async function sendStill(qmp: QmpClient): Promise<void> {
  await qmp.execute("migrate-set-parameters", { "max-bandwidth": unbounded });
  using way = new MigrationWatch(qmp);
  await qmp.execute("migrate", { uri });
  await way.reached("completed");
}

/** Takes a state over from the stream; resolves when the machine has it. */
export async function receiveState(qmp: QmpClient): Promise<void> {
  using way = new MigrationWatch(qmp);
  await qmp.execute("migrate-incoming", { uri });
  await way.reached("completed");
}

/** Cancels what is under way; a machine that stood still for it goes on by itself. */
async function takeBack(qmp: QmpClient, way: MigrationWatch): Promise<void> {
  if (way.over) return;
  await qmp.execute("migrate_cancel").catch(() => undefined);
  await way.ended();
}

/** QEMU tells the end a moment before it lets the machine go on. */
async function settled(qmp: QmpClient): Promise<void> {
  while ((await qmp.execute("query-status")).status === "finish-migrate");
}

async function ask(qmp: QmpClient, progress: (percent: number) => void): Promise<void> {
  const { ram } = await qmp.execute("query-migrate").catch(() => ({ ram: undefined }));
  if (ram && ram.total > 0) progress((100 * (ram.total - ram.remaining)) / ram.total);
}

const final: readonly MigrationStatus[] = ["completed", "failed", "cancelled"];

/** What MIGRATION events tell. */
class MigrationWatch implements Disposable {
  readonly #qmp: QmpClient;
  readonly #seen: MigrationStatus[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(qmp: QmpClient) {
    this.#qmp = qmp;
    qmp.on("event", this.#hear).once("close", this.#close);
  }

  get over(): boolean {
    return this.#closed || this.#seen.some((status) => final.includes(status));
  }

  /** Rejects when it ends in another way. */
  async reached(status: MigrationStatus): Promise<void> {
    await this.#until(() => this.#seen.includes(status) || this.over);
    if (this.#seen.includes(status)) return;
    throw await this.#failure();
  }

  ended(): Promise<void> {
    return this.#until(() => this.over);
  }

  [Symbol.dispose](): void {
    this.#qmp.off("event", this.#hear).off("close", this.#close);
  }

  readonly #hear = ({ name, data }: QmpEvent): void => {
    if (name !== "MIGRATION") return;
    this.#seen.push(data["status"] as MigrationStatus);
    this.#wake();
  };

  readonly #close = (): void => {
    this.#closed = true;
    this.#wake();
  };

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  async #failure(): Promise<LodgeError> {
    if (this.#closed) return notMoved("QEMU ended meanwhile");
    const { "error-desc": words } = await this.#qmp.execute("query-migrate").catch(() => ({ "error-desc": undefined }));
    return notMoved(words ?? (this.#seen.includes("cancelled") ? "it was cancelled" : "QEMU says no reason"));
  }
}

function notMoved(words: string): LodgeError {
  const full = /No space left on device|Disk quota exceeded|File too large/i.test(words);
  return new LodgeError({
    code: full ? "pool_full" : "instance_operation_failed",
    message: `The state could not be kept: ${words}.`,
  });
}
