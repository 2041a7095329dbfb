import type { GovernedInstance } from "./governed.ts";
import { pressureSamples } from "./host-samples.ts";
import type { Measurements, NicMeasurement } from "./measuring.ts";
import type { Sample } from "./open-metrics.ts";

export interface MeasuredInstance {
  readonly name: string;
  readonly project: string;
  readonly type: string;
  readonly cpus: number;
}

/** What is told of one instance. */
export function instanceSamples(
  instance: MeasuredInstance,
  seen: Measurements,
  nics: readonly NicMeasurement[],
  { target, demand, guarantee }: GovernedInstance = {},
): Sample[] {
  const { name, project, type, cpus } = instance;
  const own = { name, project, type };
  const sample = (metric: string, value: number | undefined, labels: Sample["labels"] = {}): Sample[] =>
    value === undefined ? [] : [{ name: `lxd_${metric}`, labels, of: own, value }];
  const ours = (metric: string, value: number | undefined): Sample[] =>
    value === undefined ? [] : [{ name: `lodge_${metric}`, labels: {}, of: own, value }];
  return [
    ...sample("cpu_effective_total", cpus),
    ...sample("cpu_seconds_total", seen.cpuSeconds.system, { cpu: "0", mode: "system" }),
    ...sample("cpu_seconds_total", seen.cpuSeconds.user, { cpu: "0", mode: "user" }),
    ...seen.disks.flatMap(({ device, bytesRead, reads, bytesWritten, writes }) => [
      ...sample("disk_read_bytes_total", bytesRead, { device }),
      ...sample("disk_reads_completed_total", reads, { device }),
      ...sample("disk_written_bytes_total", bytesWritten, { device }),
      ...sample("disk_writes_completed_total", writes, { device }),
    ]),
    ...seen.fileSystems.flatMap(({ device, type: fstype, mountpoint, size, free, available }) => [
      ...sample("filesystem_avail_bytes", available, { device, fstype, mountpoint }),
      ...sample("filesystem_free_bytes", free, { device, fstype, mountpoint }),
      ...sample("filesystem_size_bytes", size, { device, fstype, mountpoint }),
    ]),
    ...Object.entries(seen.memory).flatMap(([figure, bytes]) => sample(`memory_${figure}_bytes`, bytes)),
    ...sample("memory_OOM_kills_total", seen.outOfMemoryKills),
    ...nics.flatMap(({ device, ...nic }) => [
      ...sample("network_receive_bytes_total", nic.bytesReceived, { device }),
      ...sample("network_receive_drop_total", nic.dropsReceived, { device }),
      ...sample("network_receive_errs_total", nic.errorsReceived, { device }),
      ...sample("network_receive_packets_total", nic.packetsReceived, { device }),
      ...sample("network_transmit_bytes_total", nic.bytesSent, { device }),
      ...sample("network_transmit_drop_total", nic.dropsSent, { device }),
      ...sample("network_transmit_errs_total", nic.errorsSent, { device }),
      ...sample("network_transmit_packets_total", nic.packetsSent, { device }),
    ]),
    ...sample("procs_total", seen.processes),
    ...ours("memory_used_bytes", seen.memoryUsed),
    ...ours("memory_target_bytes", target),
    ...ours("memory_demand_bytes", demand),
    ...ours("memory_guarantee_bytes", guarantee),
    ...(seen.pressure ? pressureSamples("lodge_pressure_seconds_total", seen.pressure, own) : []),
  ];
}
