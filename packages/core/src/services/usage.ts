/** What may be asked of what instances and the host use, and of the governor, which divides it. */
import type { Governor, GovernorLine, HistoryQuery, HostHistory, InstanceHistory, Usage } from "@lodge/api";

/** What instances use, as text of OpenMetrics. */
export interface MetricsService {
  /** Of the instances that run in the projects for which `shows` holds; `server`: and of the daemon itself. */
  scrape(of: { readonly shows: (project: string) => boolean; readonly server: boolean }): Promise<string>;
}

/** What instances that run and the host use. */
export interface UsageService {
  /** Of the projects for which `shows` holds; `host`: and of the host. */
  now(of: { readonly shows: (project: string) => boolean; readonly host: boolean }): Promise<Usage>;
  /** The last hour of an instance, also of one that does not run any more. `instance_not_found` */
  instanceHistory(project: string, name: string, query: HistoryQuery): Promise<InstanceHistory>;
  hostHistory(query: HistoryQuery): Promise<HostHistory>;
}

/** What the governor did. */
export interface GovernorLogRequest {
  /** The projects whose lines are shown; those of the host are of the project "". */
  readonly shows: (project: string) => boolean;
  readonly instance?: string;
  /** Only what came later. */
  readonly since?: Date;
  /** At most so many, the newest. */
  readonly limit?: number;
}

/** What moves memory between instances. */
export interface GovernorService {
  /** What it sees, with the instances of these projects. `oldest`: milliseconds that this may be old. Default: 2000. */
  view(shows: (project: string) => boolean, oldest?: number): Promise<Governor>;
  /** The oldest first. */
  log(request: GovernorLogRequest): GovernorLine[];
}
