import type { DaemonUse, HostUse, Pressure } from "./measuring.ts";
import type { Labels, Sample } from "./open-metrics.ts";

/** What of the server is counted beside its instances. */
export interface ServerCounts {
  readonly cpus: number;
  readonly operations: number;
  readonly warnings: number;
  /** Seconds since the daemon was started. */
  readonly uptime: number;
  /** By type: those there are and those of them that run. */
  readonly instances: ReadonlyMap<string, { readonly all: number; readonly running: number }>;
  readonly templates: { readonly count: number; readonly ready: number; readonly bytes: number };
  readonly pools: readonly {
    readonly pool: string;
    readonly driver: string;
    readonly used: number;
    readonly size: number;
  }[];
  /** What virtual machines run with; undefined while nobody needed to know. */
  readonly accelerator: string | undefined;
  /** Bytes that the last hour's figures take. */
  readonly history: number;
}

const sample = (name: string, value: number, labels: Labels = {}): Sample => ({ name, labels, value });

/** What is told of the daemon and its host. */
export function serverSamples(counts: ServerCounts, host: HostUse, daemon: DaemonUse): Sample[] {
  return [
    sample("lxd_operations_total", counts.operations),
    sample("lxd_warnings_total", counts.warnings),
    sample("lxd_uptime_seconds", counts.uptime),
    ...[...counts.instances].flatMap(([type, { all, running }]) => [
      sample("lodge_instances", running, { type, state: "running" }),
      sample("lodge_instances", all - running, { type, state: "stopped" }),
    ]),
    ...counts.pools.flatMap(({ pool, driver, used, size }) => [
      sample("lodge_pool_size_bytes", size, { pool, driver }),
      sample("lodge_pool_used_bytes", used, { pool, driver }),
    ]),
    sample("lodge_templates", counts.templates.count),
    sample("lodge_templates_ready", counts.templates.ready),
    sample("lodge_templates_size_bytes", counts.templates.bytes),
    ...(counts.accelerator ? [sample("lodge_accelerator_info", 1, { accelerator: counts.accelerator })] : []),
    ...daemonSamples(daemon),
    sample("lodge_daemon_history_bytes", counts.history),
    sample("lodge_host_cpus", counts.cpus),
    ...hostSamples(host),
  ];
}

function daemonSamples({ cpuSeconds, residentBytes, heapBytes, delay }: DaemonUse): Sample[] {
  return [
    sample("lodge_daemon_cpu_seconds_total", cpuSeconds),
    sample("lodge_daemon_memory_bytes", residentBytes),
    sample("lodge_daemon_heap_bytes", heapBytes),
    sample("lodge_daemon_event_loop_delay_seconds", delay.median, { statistic: "median" }),
    sample("lodge_daemon_event_loop_delay_seconds", delay.p99, { statistic: "p99" }),
    sample("lodge_daemon_event_loop_delay_seconds", delay.most, { statistic: "max" }),
  ];
}

function hostSamples(host: HostUse): Sample[] {
  const [one, five, fifteen] = host.load;
  return [
    ...Object.entries(host.cpuSeconds).map(([mode, value]) => sample("lodge_host_cpu_seconds_total", value, { mode })),
    sample("lodge_host_memory_available_bytes", host.memoryAvailable),
    sample("lodge_host_memory_size_bytes", host.memoryTotal),
    sample("lodge_host_swap_free_bytes", host.swapFree),
    sample("lodge_host_swap_size_bytes", host.swapTotal),
    sample("lodge_host_load", one, { minutes: "1" }),
    sample("lodge_host_load", five, { minutes: "5" }),
    sample("lodge_host_load", fifteen, { minutes: "15" }),
    ...pressureSamples("lodge_host_pressure_seconds_total", host.pressure, {}),
  ];
}

export function pressureSamples(name: string, pressure: Pressure, of: Labels): Sample[] {
  return Object.entries(pressure).flatMap(([resource, { some, full }]) => [
    { ...sample(name, some, { resource, kind: "some" }), of },
    { ...sample(name, full, { resource, kind: "full" }), of },
  ]);
}
