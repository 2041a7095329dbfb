import { setImmediate } from "node:timers/promises";
import { cpuCount, instanceTypeSchema } from "@lodge/api";
import { inParallel } from "../in-parallel.ts";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { driverOf } from "../instances/dependencies.ts";
import { portsOf } from "../instances/ports.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import type { GovernorService, MetricsService } from "../services.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import type { Governed } from "./governed.ts";
import { type GovernorTally, governorSamples, tallyGovernor } from "./governor-samples.ts";
import { type ServerCounts, serverSamples } from "./host-samples.ts";
import { instanceSamples } from "./instance-samples.ts";
import type { HostMeter, NicMeasurement } from "./measuring.ts";
import { renderOpenMetrics, type Sample } from "./open-metrics.ts";
import type { Counts } from "./server-counts.ts";

export interface MetricsDependencies
  extends Pick<InstanceDependencies, "events" | "store" | "drivers" | "network" | "operations" | "host" | "log"> {
  /** Milliseconds of a clock that does not jump. */
  readonly clock: () => number;
  readonly meter: HostMeter;
  readonly governed: Governed;
  readonly governor: Pick<GovernorService, "view">;
  /** What there is beside instances. */
  readonly counts: () => Promise<Counts>;
}

/** Milliseconds for which a look at an instance serves others who ask: scrapers come in flocks. */
const freshness = 1_000;
/** Instances that are looked at at once. */
const atOnce = 16;

interface Measured {
  readonly record: InstanceRecord;
  readonly samples: readonly Sample[];
}

/** What instances use, for those who draw curves of it. */
export class Metrics implements MetricsService {
  readonly #deps: MetricsDependencies;
  readonly #records: InstanceRecords;
  readonly #began: number;
  readonly #tally: GovernorTally;
  #last: { readonly at: number; readonly measured: Promise<readonly Measured[]> } | undefined;

  constructor(deps: MetricsDependencies) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
    this.#began = deps.clock();
    this.#tally = tallyGovernor(deps.events);
  }

  async scrape({ shows, server }: Parameters<MetricsService["scrape"]>[0]): Promise<string> {
    const measured = await this.#instances();
    const samples = measured.filter(({ record }) => shows(record.project)).flatMap((each) => each.samples);
    if (!server) return renderOpenMetrics(samples);
    return renderOpenMetrics([...samples, ...(await this.#server(measured.map(({ record }) => record)))]);
  }

  #instances(): Promise<readonly Measured[]> {
    const now = this.#deps.clock();
    if (!this.#last || now - this.#last.at > freshness) this.#last = { at: now, measured: this.#measureAll() };
    return this.#last.measured;
  }

  async #measureAll(): Promise<readonly Measured[]> {
    const { store, log } = this.#deps;
    const networks = new Map((await store.networks.list()).map((network) => [network.name, network]));
    const instances = await this.#records.listAllExpanded();
    const measured: Measured[] = [];
    let looked = 0;
    await inParallel(instances, atOnce, async (instance) => {
      // Files of the kernel are read at once: others have their turn in between.
      if (++looked % atOnce === 0) await setImmediate();
      try {
        const samples = await this.#measure(instance, networks);
        if (samples) measured.push({ record: instance.record, samples });
      } catch (err) {
        // The others shall not be missing for that.
        log.warn({ instance: instance.record.name, err }, "an instance could not be measured");
      }
    });
    return measured;
  }

  /** Undefined when it does not run. */
  async #measure(
    { record, config, devices }: ExpandedInstance,
    networks: ReadonlyMap<string, NetworkRecord>,
  ): Promise<readonly Sample[] | undefined> {
    const seen = await driverOf(this.#deps, record.type).measure?.(record.id);
    if (!seen) return undefined;
    const { name, project, type } = record;
    const cpus = cpuCount(config["limits.cpu"], type === "container" ? this.#deps.host.cpus : 1);
    const nics = seen.nics ?? (await this.#nics(record, devices, networks));
    return instanceSamples({ name, project, type, cpus }, seen, nics, this.#deps.governed(record.id));
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

  async #server(running: readonly InstanceRecord[]): Promise<Sample[]> {
    const { store, operations, counts, clock, meter, host } = this.#deps;
    const present = (await store.instances.list()).filter(({ life }) => life === "present");
    const ofType = (records: readonly InstanceRecord[], type: string) =>
      records.filter((record) => record.type === type).length;
    const known: ServerCounts = {
      ...(await counts()),
      cpus: host.cpus,
      operations: operations.list().filter(({ status_code: code }) => code < 200).length,
      uptime: (clock() - this.#began) / 1000,
      instances: new Map(
        instanceTypeSchema.options.map((type) => [
          type,
          { all: ofType(present, type), running: ofType(running, type) },
        ]),
      ),
    };
    const governor = governorSamples(await this.#deps.governor.view(() => false), this.#tally);
    return [...governor, ...serverSamples(known, meter.host(), meter.daemon())];
  }
}
