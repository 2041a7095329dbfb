import type { HistoryQuery, HostHistory, InstanceHistory, Usage } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** What instances and the host use, now and in the last hour. */
export class UsageOfAll {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Of all that run in the project, or in all projects that the client may see: one request. */
  now({ allProjects = false }: { readonly allProjects?: boolean } = {}): Promise<Usage> {
    if (allProjects) return this.#rest.get("/1.0/usage", { project: undefined, "all-projects": "true" });
    return this.#rest.get("/1.0/usage");
  }

  /** Curves of an instance. */
  history(name: string, query: Partial<HistoryQuery> = {}): Promise<InstanceHistory> {
    return this.#rest.get(`/1.0/instances/${encodeURIComponent(name)}/history`, { ...query });
  }

  /** Curves of the host. */
  hostHistory(query: Partial<HistoryQuery> = {}): Promise<HostHistory> {
    return this.#rest.get("/1.0/history", { ...query });
  }
}
