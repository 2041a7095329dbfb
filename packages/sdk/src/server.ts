import type { HostInfo, Server } from "@lodge/api";
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

  /** What the daemon found on its host, and what is missing. */
  host(): Promise<HostInfo> {
    return this.#rest.get("/1.0/lodge/host");
  }

  /** Shuts all instances down, as before the host goes down; the daemon's next start brings back those that ran. */
  shutDown(): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/lodge/host/shutdown");
  }
}
