import type { Pool, PoolCreate, PoolPut, PoolResources } from "@lodge/api";
import type { Rest } from "./rest.ts";
import { StorageVolumes } from "./storage-volumes.ts";

/** `/1.0/storage-pools`. */
export class Pools {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Pool[]> {
    return this.#rest.get("/1.0/storage-pools", { recursion: 1 });
  }

  get(name: string): Promise<Pool> {
    return this.#rest.get(path(name));
  }

  /** With the ETag that `update` sends back. */
  getTagged(name: string): Promise<{ value: Pool; etag: string }> {
    return this.#rest.getTagged(path(name));
  }

  async create(pool: PoolCreate): Promise<void> {
    await this.#rest.call("POST", "/1.0/storage-pools", { body: pool });
  }

  /** What is left out is emptied. With an ETag: `etag_mismatch` when another has changed it since. */
  async update(name: string, change: PoolPut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", path(name), { body: change, ...(etag && { headers: { "if-match": etag } }) });
  }

  /** `force`: of one that is not available, with all that lay in it. */
  async delete(name: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await this.#rest.call("DELETE", `${path(name)}${force ? "?force=true" : ""}`);
  }

  /** The custom volumes in it. */
  volumes(name: string): StorageVolumes {
    return new StorageVolumes(this.#rest, name);
  }

  /** Space and inodes, used and in all. */
  resources(name: string): Promise<PoolResources> {
    return this.#rest.get(`${path(name)}/resources`);
  }
}

const path = (name: string): string => `/1.0/storage-pools/${encodeURIComponent(name)}`;
