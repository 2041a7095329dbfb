import {
  type HistoryQuery,
  type HostHistory,
  historyStep,
  type InstanceHistory,
  type InstanceType,
  type InstanceUsage,
  type Usage,
} from "@lodge/api";
import { inParallel } from "../in-parallel.ts";
import type { RuntimeDriver } from "../instances/dependencies.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { UsageService } from "../services.ts";
import type { InstanceRecord, Tables } from "../store.ts";
import type { Governed, GovernedInstance } from "./governed.ts";
import type { History, Points } from "./history.ts";
import type { Look, Looks } from "./looks.ts";
import type { HostUse, Use } from "./measuring.ts";
import { type Flow, flowBetween, hostFlowBetween, type PressureShares } from "./rates.ts";

export interface UsageDependencies {
  readonly store: Pick<Tables, "instances" | "profiles" | "projects">;
  readonly looks: Looks;
  readonly history: History;
  readonly drivers: ReadonlyMap<InstanceType, Pick<RuntimeDriver, "observe">>;
  readonly governed: Governed;
  readonly cpus: number;
  readonly now: () => Date;
  /** That of the looks. */
  readonly clock: () => number;
}

/** Milliseconds for which a look serves others who ask: rates over less say little. */
const freshness = 900;
/** Instances whose state is asked for at once. */
const atOnce = 16;

/** What instances and the host use, for those who look at it live and for curves of the last hour. */
export class UsageCommands implements UsageService {
  readonly #deps: UsageDependencies;
  readonly #records: InstanceRecords;

  constructor(deps: UsageDependencies) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
  }

  async now({ shows, host }: Parameters<UsageService["now"]>[0]): Promise<Usage> {
    const { looks, store, cpus, governed } = this.#deps;
    const [{ now, before }, records] = await Promise.all([looks.latest(freshness), store.instances.list()]);
    const seconds = before ? (now.at - before.at) / 1000 : 0;
    const instances: InstanceUsage[] = [];
    await inParallel(records, atOnce, async (record) => {
      const use = record.life === "present" && shows(record.project) ? now.uses.get(record.id) : undefined;
      const seen = use && (await this.#deps.drivers.get(record.type)?.observe(record.id));
      if (!use || !seen || seen.status === "Stopped") return;
      const flow = flowBetween(before?.uses.get(record.id), use, seconds);
      instances.push(instanceUsage(record, seen.status, use, { ...flow, ...governed(record.id) }));
    });
    return {
      timestamp: this.#timeOf(now.at),
      interval: before ? figure(seconds) : null,
      host: host ? hostUsage(now.host, hostFlowBetween(before?.host, now.host, seconds), cpus) : null,
      instances: instances.sort((a, b) => compare(a.project, b.project) || compare(a.name, b.name)),
    };
  }

  async instanceHistory(project: string, name: string, query: HistoryQuery): Promise<InstanceHistory> {
    const { id } = await this.#records.get(project, name);
    return this.#told(this.#deps.history.instance(id, this.#span(query)), query);
  }

  async hostHistory(query: HistoryQuery): Promise<HostHistory> {
    return this.#told(this.#deps.history.host(this.#span(query)), query);
  }

  #span({ since, step }: HistoryQuery) {
    const { clock, now } = this.#deps;
    const to = clock();
    const age = since === undefined ? Number.POSITIVE_INFINITY : now().getTime() - Date.parse(since);
    return { from: to - age, to, span: step / historyStep };
  }

  #told<Name extends string>({ start, series }: Points<Name>, { step }: HistoryQuery) {
    const rounded = Object.fromEntries(
      Object.entries<(number | null)[]>(series).map(([name, points]) => [name, points.map(figure)]),
    );
    return { start: this.#timeOf(start), step, series: rounded as Record<Name, (number | null)[]> };
  }

  #timeOf(at: Look["at"]): string {
    const { clock, now } = this.#deps;
    return new Date(now().getTime() - (clock() - at)).toISOString();
  }
}

function instanceUsage(
  { name, project, type }: InstanceRecord,
  status: string,
  use: Use,
  { target, demand, ...flow }: Flow & GovernedInstance,
): InstanceUsage {
  return {
    ...{ name, project, type, status, cpu: figure(flow.cpu) },
    memory: { used: use.memoryUsed, total: use.memoryTotal, target: figure(target), demand: figure(demand) },
    disk: { read: figure(flow.read), written: figure(flow.written) },
    network: { received: figure(flow.received), sent: figure(flow.sent) },
    pressure: told(flow.pressure),
    processes: figure(use.processes),
  };
}

function hostUsage(use: HostUse, flow: ReturnType<typeof hostFlowBetween>, cpus: number): Usage["host"] {
  const { memoryTotal: total, memoryAvailable: available } = use;
  return {
    ...{ cpu: figure(flow.cpu), cpus, load: use.load[0] },
    memory: { used: total - available, total, available },
    pressure: told(flow.pressure),
  };
}

const told = ({ cpu, memory, io }: PressureShares) => ({ cpu: figure(cpu), memory: figure(memory), io: figure(io) });

/** Hundredths are enough for every unit. */
const figure = (value: number | null | undefined): number | null =>
  value === undefined || value === null ? null : Math.round(value * 100) / 100;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keeps looking, so that there is a history: until the signal is aborted. Never throws. */
export async function watchUsage(
  looks: Looks,
  history: History,
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // What somebody else looked at a moment ago serves as well.
    history.add((await looks.latest(freshness)).now);
    await wait(historyStep * 1000, signal).catch(() => undefined);
  }
}
