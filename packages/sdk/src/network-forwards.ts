import type { NetworkForward, NetworkForwardCreate, NetworkForwardPut } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/networks/NAME/forwards`: external addresses that lead to instances. */
export class NetworkForwards {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(network: string): Promise<NetworkForward[]> {
    return this.#rest.get(path(network), { recursion: 1 });
  }

  get(network: string, listen: string): Promise<NetworkForward> {
    return this.#rest.get(path(network, listen));
  }

  /** With the ETag that `update` sends back. */
  getTagged(network: string, listen: string): Promise<{ value: NetworkForward; etag: string }> {
    return this.#rest.getTagged(path(network, listen));
  }

  async create(network: string, forward: NetworkForwardCreate): Promise<void> {
    await this.#rest.call("POST", path(network), { body: forward });
  }

  /** What is left out is emptied. With an ETag: `etag_mismatch` when another has changed it since. */
  async update(network: string, listen: string, change: NetworkForwardPut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", path(network, listen), {
      body: change,
      ...(etag && { headers: { "if-match": etag } }),
    });
  }

  async delete(network: string, listen: string): Promise<void> {
    await this.#rest.call("DELETE", path(network, listen));
  }
}

function path(network: string, listen?: string): string {
  const all = `/1.0/networks/${encodeURIComponent(network)}/forwards`;
  return listen === undefined ? all : `${all}/${encodeURIComponent(listen)}`;
}
