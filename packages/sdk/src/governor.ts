import type { Governor, GovernorLine } from "@lodge/api";
import type { Rest } from "./rest.ts";

export interface GovernorLogOptions {
  readonly instance?: string | undefined;
  readonly allProjects?: boolean | undefined;
  /** RFC 3339: only what came later. */
  readonly since?: string | undefined;
  /** At most so many, the newest; the daemon's default: 100. */
  readonly limit?: number | undefined;
}

/** `/1.0/governor`: what moves memory between instances. */
export class GovernorInfo {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  get(): Promise<Governor> {
    return this.#rest.get("/1.0/governor");
  }

  /** The oldest first. */
  log({ instance, allProjects, since, limit }: GovernorLogOptions = {}): Promise<GovernorLine[]> {
    return this.#rest.get("/1.0/governor/log", {
      ...(allProjects && { "all-projects": "true" }),
      ...{ instance, since, limit },
    });
  }
}
