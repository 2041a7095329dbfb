import type { Network, NetworkCreate, NetworkLease, NetworkPut, NetworkState } from "@lodge/api";
import { NetworkForwards } from "./network-forwards.ts";
import type { Rest } from "./rest.ts";

/** `/1.0/networks`. */
export class Networks {
  readonly #rest: Rest;
  readonly forwards: NetworkForwards;

  constructor(rest: Rest) {
    this.#rest = rest;
    this.forwards = new NetworkForwards(rest);
  }

  list(): Promise<Network[]> {
    return this.#rest.get("/1.0/networks", { recursion: 1 });
  }

  get(name: string): Promise<Network> {
    return this.#rest.get(path(name));
  }

  /** With the ETag that `update` sends back. */
  getTagged(name: string): Promise<{ value: Network; etag: string }> {
    return this.#rest.getTagged(path(name));
  }

  async create(network: NetworkCreate): Promise<void> {
    await this.#rest.call("POST", "/1.0/networks", { body: network });
  }

  /** What is left out is emptied. With an ETag: `etag_mismatch` when another has changed it since. */
  async update(name: string, change: NetworkPut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", path(name), { body: change, ...(etag && { headers: { "if-match": etag } }) });
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#rest.call("POST", path(name), { body: { name: to } });
  }

  async delete(name: string): Promise<void> {
    await this.#rest.call("DELETE", path(name));
  }

  state(name: string): Promise<NetworkState> {
    return this.#rest.get(`${path(name)}/state`);
  }

  leases(name: string): Promise<NetworkLease[]> {
    return this.#rest.get(`${path(name)}/leases`);
  }
}

const path = (name: string): string => `/1.0/networks/${encodeURIComponent(name)}`;
