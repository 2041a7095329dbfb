import { cpuCount } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { driverOf } from "../instances/dependencies.ts";
import { inParallel } from "../instances/life/in-parallel.ts";
import { portsOf } from "../instances/ports.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { MetricsService } from "../services.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import { instanceSamples } from "./instance-samples.ts";
import type { NicMeasurement } from "./measuring.ts";
import { renderOpenMetrics, type Sample } from "./open-metrics.ts";

export interface MetricsDependencies
  extends Pick<InstanceDependencies, "store" | "drivers" | "network" | "operations" | "host" | "log"> {
  /** Milliseconds of a clock that does not jump. */
  readonly clock: () => number;
  /** How many are not resolved. */
  readonly warnings: () => Promise<number>;
}

/** Milliseconds for which a look at an instance serves others who ask: scrapers come in flocks. */
const freshness = 1_000;
/** Instances that are looked at at once. */
const atOnce = 16;

/** What instances use, for those who draw curves of it. */
export class Metrics implements MetricsService {
  readonly #deps: MetricsDependencies;
  readonly #records: InstanceRecords;
  readonly #began: number;
  #last: { readonly at: number; readonly samples: Promise<readonly Sample[]> } | undefined;

  constructor(deps: MetricsDependencies) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
    this.#began = deps.clock();
  }

  async scrape({ shows, server }: Parameters<MetricsService["scrape"]>[0]): Promise<string> {
    const samples = (await this.#instances()).filter(({ labels }) => shows(labels["project"] ?? ""));
    return renderOpenMetrics(server ? [...samples, ...(await this.#server())] : samples);
  }

  #instances(): Promise<readonly Sample[]> {
    const now = this.#deps.clock();
    if (!this.#last || now - this.#last.at > freshness) this.#last = { at: now, samples: this.#measureAll() };
    return this.#last.samples;
  }

  async #measureAll(): Promise<readonly Sample[]> {
    const { store, log } = this.#deps;
    const networks = new Map((await store.networks.list()).map((network) => [network.name, network]));
    const records = (await store.instances.list()).filter(({ life }) => life === "present");
    const samples: (readonly Sample[])[] = [];
    await inParallel(records, atOnce, async (record) => {
      try {
        samples.push(await this.#measure(record, networks));
      } catch (err) {
        // The others shall not be missing for that.
        log.warn({ instance: record.name, err }, "an instance could not be measured");
      }
    });
    return samples.flat();
  }

  async #measure(record: InstanceRecord, networks: ReadonlyMap<string, NetworkRecord>): Promise<readonly Sample[]> {
    const seen = await driverOf(this.#deps, record.type).measure?.(record.id);
    if (!seen) return [];
    const { config, devices } = await this.#records.expand(record);
    const { name, project, type } = record;
    const cpus = cpuCount(config["limits.cpu"], type === "container" ? this.#deps.host.cpus : 1);
    const nics = seen.nics ?? (await this.#nics(record, devices, networks));
    return instanceSamples({ name, project, type, cpus }, seen, nics);
  }

  async #nics(
    record: InstanceRecord,
    devices: Parameters<typeof portsOf>[1],
    networks: ReadonlyMap<string, NetworkRecord>,
  ): Promise<NicMeasurement[]> {
    const states = await this.#deps.network.state(record.id);
    return portsOf(record, devices, networks).flatMap(({ device, interface: inside = device }) => {
      const state = states[device];
      if (!state) return [];
      const { bytesReceived, packetsReceived, bytesSent, packetsSent } = state;
      return [{ device: inside, bytesReceived, packetsReceived, bytesSent, packetsSent }];
    });
  }

  async #server(): Promise<Sample[]> {
    const { operations, warnings, clock } = this.#deps;
    const running = operations.list().filter(({ status_code: code }) => code < 200).length;
    return [
      { name: "lxd_operations_total", labels: {}, value: running },
      { name: "lxd_warnings_total", labels: {}, value: await warnings() },
      { name: "lxd_uptime_seconds", labels: {}, value: (clock() - this.#began) / 1000 },
    ];
  }
}
