import type { Network, NetworkLease } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/networks`. */
export class Networks {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Network[]> {
    return this.#rest.get("/1.0/networks", { recursion: 1 });
  }

  get(name: string): Promise<Network> {
    return this.#rest.get(`/1.0/networks/${encodeURIComponent(name)}`);
  }

  leases(name: string): Promise<NetworkLease[]> {
    return this.#rest.get(`/1.0/networks/${encodeURIComponent(name)}/leases`);
  }
}
