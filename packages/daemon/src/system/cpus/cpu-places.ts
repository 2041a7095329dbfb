import type { Log } from "@lodge/core";
import type { Cgroups } from "../cgroups.ts";
import { balance, type Wish } from "./balance.ts";
import type { CpuRequest } from "./cpu-request.ts";

interface Place {
  readonly request: CpuRequest;
  cpus: readonly number[];
}

export interface CpuPlacesOptions {
  readonly cgroups: Pick<Cgroups, "cpus" | "moveToCpus">;
  readonly log: Pick<Log, "warn">;
}

/** Which CPUs the instances that run have: whoever asked for a number of them is moved when others come and go. */
export class CpuPlaces {
  readonly #cgroups: CpuPlacesOptions["cgroups"];
  readonly #log: CpuPlacesOptions["log"];
  readonly #places = new Map<string, Place>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ cgroups, log }: CpuPlacesOptions) {
    this.#cgroups = cgroups;
    this.#log = log;
  }

  /** The CPUs for an instance from now on; undefined: all. Its own group is the caller's to change, others are moved. */
  async place(id: string, request: CpuRequest | undefined): Promise<readonly number[] | undefined> {
    return this.#inTurn(async () => {
      const before = this.#places.get(id)?.cpus ?? (request && (await this.#cgroups.cpus(id))) ?? [];
      if (!request) this.#places.delete(id);
      else this.#places.set(id, { request, cpus: "set" in request ? request.set : before });
      await this.#settle(id);
      return this.#places.get(id)?.cpus;
    });
  }

  /** One that an earlier daemon placed: it counts from now on where it is, and nobody is moved. */
  async adopt(id: string, request: CpuRequest | undefined): Promise<void> {
    if (!request) return;
    await this.#inTurn(async () => {
      const cpus = "set" in request ? request.set : ((await this.#cgroups.cpus(id)) ?? []);
      this.#places.set(id, { request, cpus });
    });
  }

  /** It does not run any more. */
  async free(id: string): Promise<void> {
    if (!this.#places.has(id)) return;
    await this.#inTurn(async () => {
      this.#places.delete(id);
      await this.#settle(id);
    });
  }

  async #settle(asker: string): Promise<void> {
    const wishes: Wish[] = [];
    const named: (readonly number[])[] = [];
    for (const [id, { request, cpus }] of this.#places) {
      if ("set" in request) named.push(request.set);
      else wishes.push({ id, ...request, now: cpus });
    }
    for (const [id, cpus] of balance(wishes, named)) {
      const place = this.#places.get(id);
      if (!place || cpus.join() === place.cpus.join()) continue;
      if (id === asker || (await this.#move(id, cpus))) place.cpus = cpus;
    }
  }

  /** One that ends meanwhile, or whose guest's own groups are in the way, shall not be in the way of others. */
  async #move(id: string, cpus: readonly number[]): Promise<boolean> {
    try {
      await this.#cgroups.moveToCpus(id, cpus);
      return true;
    } catch (err) {
      this.#log.warn({ id, err }, "an instance stays on the CPUs that it has");
      return false;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
