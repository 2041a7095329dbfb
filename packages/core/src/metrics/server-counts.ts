import type { PoolService } from "../services.ts";
import type { Tables } from "../store.ts";
import type { Templates } from "../templates/templates.ts";
import type { ServerCounts } from "./host-samples.ts";

export interface CountedServer {
  readonly store: Pick<Tables, "templates">;
  readonly pools: Pick<PoolService, "list" | "resources">;
  readonly templates: Pick<Templates, "readyOf">;
  /** How many are not resolved. */
  readonly warnings: () => Promise<number>;
  /** What virtual machines run with, as far as it was decided. */
  readonly accelerator: () => string | undefined;
  /** Bytes. */
  readonly history: () => number;
}

export type Counts = Omit<ServerCounts, "cpus" | "operations" | "uptime" | "instances">;

/** What there is beside instances, as a scrape finds it. Pools that are not available are left out. */
export async function countServer(server: CountedServer): Promise<Counts> {
  const [warnings, templates, pools] = await Promise.all([
    server.warnings(),
    server.store.templates.list(),
    poolSpaces(server.pools),
  ]);
  const present = templates.filter(({ life }) => life === "present");
  return {
    ...{ warnings, pools, accelerator: server.accelerator(), history: server.history() },
    templates: {
      count: present.length,
      ready: present.reduce((sum, { id }) => sum + server.templates.readyOf(id), 0),
      bytes: present.reduce((sum, { size }) => sum + size, 0),
    },
  };
}

async function poolSpaces(pools: CountedServer["pools"]): Promise<Counts["pools"]> {
  const spaces = (await pools.list()).map(async ({ name, driver, problem }) => {
    const space = problem === undefined ? (await pools.resources(name).catch(() => undefined))?.space : undefined;
    return space ? [{ pool: name, driver, used: space.used, size: space.total }] : [];
  });
  return (await Promise.all(spaces)).flat();
}
