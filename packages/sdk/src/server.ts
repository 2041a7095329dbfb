import type { Config, HostInfo, Resources, Server } from "@lodge/api";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

/** The daemon itself and its host. */
export class ServerInfo {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** `GET /1.0`: version, extensions, environment. */
  get(): Promise<Server> {
    return this.#rest.get("/1.0");
  }

  /** With the ETag of its configuration, which `setConfig` sends back. */
  getTagged(): Promise<{ value: Server; etag: string }> {
    return this.#rest.getTagged("/1.0");
  }

  /** Replaces the configuration. Another's change since `etag` is `etag_mismatch`. */
  async setConfig(config: Config, etag?: string): Promise<void> {
    await this.#rest.call("PUT", "/1.0", { body: { config }, ...(etag && { headers: { "if-match": etag } }) });
  }

  /** What the daemon found on its host, and what is missing. */
  host(): Promise<HostInfo> {
    return this.#rest.get("/1.0/lodge/host");
  }

  /** The host's hardware: processors, memory, cards, disks. */
  resources(): Promise<Resources> {
    return this.#rest.get("/1.0/resources");
  }

  /** Shuts all instances down, as before the host goes down; the daemon's next start brings back those that ran. */
  shutDown(): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/lodge/host/shutdown");
  }
}
