import {
  type HostSeries,
  historyLength,
  historyStep,
  hostSeries,
  type InstanceSeries,
  instanceSeries,
} from "@lodge/api";
import type { InstanceId } from "../instances/driver.ts";
import type { Governed } from "./governed.ts";
import type { Look } from "./looks.ts";
import { flowBetween, hostFlowBetween } from "./rates.ts";
import { Series } from "./series.ts";

const stepMilliseconds = historyStep * 1000;
const stepsKept = historyLength / historyStep;

/** What is asked of a history. Times are milliseconds of the clock that the looks have. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Steps that are one point. */
  readonly span: number;
}

export interface Points<Name extends string> {
  /** When the first one's time begins. */
  readonly start: number;
  readonly series: Readonly<Record<Name, (number | null)[]>>;
}

/** The last hour of every instance and of the host, as figures of a step each. Nothing of it is on disk. */
export class History {
  readonly #governed: Governed;
  readonly #instances = new Map<InstanceId, Series>();
  readonly #host = new Series(hostSeries.length);
  #before: Look | undefined;

  constructor(governed: Governed) {
    this.#governed = governed;
  }

  /** Looks come one after the other, about a step apart. Two of the same step are one. */
  add(look: Look): void {
    const step = Math.floor(look.at / stepMilliseconds);
    if (step <= this.#host.last) return;
    const before = this.#before;
    const seconds = before ? (look.at - before.at) / 1000 : 0;
    for (const [id, use] of look.uses) {
      let series = this.#instances.get(id);
      if (!series) this.#instances.set(id, (series = new Series(instanceSeries.length)));
      const flow = flowBetween(before?.uses.get(id), use, seconds);
      const { target, demand } = this.#governed(id);
      const row: Record<InstanceSeries, number | undefined> = {
        ...{ cpu: flow.cpu, memory_used: use.memoryUsed, memory_target: target, memory_demand: demand },
        ...{ disk_read: flow.read, disk_written: flow.written },
        ...{ network_received: flow.received, network_sent: flow.sent },
        ...{ pressure_memory: flow.pressure.memory, processes: use.processes },
      };
      series.put(
        step,
        instanceSeries.map((name) => row[name]),
      );
    }
    const { cpu, pressure } = hostFlowBetween(before?.host, look.host, seconds);
    const row: Record<HostSeries, number | undefined> = {
      ...{ cpu, memory_used: look.host.memoryTotal - look.host.memoryAvailable, load: look.host.load[0] },
      ...{ pressure_cpu: pressure.cpu, pressure_memory: pressure.memory, pressure_io: pressure.io },
      instances: look.uses.size,
    };
    this.#host.put(
      step,
      hostSeries.map((name) => row[name]),
    );
    this.#before = look;
    this.#forget(step);
  }

  instance(id: InstanceId, span: Span): Points<InstanceSeries> {
    return pointsOf(this.#instances.get(id) ?? new Series(instanceSeries.length), instanceSeries, span);
  }

  host(span: Span): Points<HostSeries> {
    return pointsOf(this.#host, hostSeries, span);
  }

  /** How much memory the figures take. */
  get bytes(): number {
    return [...this.#instances.values()].reduce((sum, { bytes }) => sum + bytes, this.#host.bytes);
  }

  /** Of those that have not run for an hour there is nothing left to tell. */
  #forget(step: number): void {
    for (const [id, series] of this.#instances) if (series.last <= step - stepsKept) this.#instances.delete(id);
  }
}

/** Points begin at whole multiples of their span, so that whoever asks again gets the same ones. */
function pointsOf<Name extends string>(series: Series, names: readonly Name[], { from, to, span }: Span): Points<Name> {
  const last = Math.floor(to / stepMilliseconds);
  const oldest = Math.max(Math.ceil(from / stepMilliseconds), last - stepsKept + 1);
  const first = Math.floor(oldest / span) * span;
  return {
    start: first * stepMilliseconds,
    series: Object.fromEntries(
      names.map((name, column) => [name, series.means(column, first, last + 1, span)]),
    ) as unknown as Record<Name, (number | null)[]>,
  };
}
