import { memoryFigures } from "./measuring.ts";

export interface MetricFamily {
  /** Of its samples. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
}

const counter = (name: string, help: string): MetricFamily => ({ name, type: "counter", help });
const gauge = (name: string, help: string): MetricFamily => ({ name, type: "gauge", help });

/** Metrics by the names that LXD gave them, in the order in which they are written. */
export const metricFamilies: readonly MetricFamily[] = [
  gauge("lxd_cpu_effective_total", "Processors that the instance may use."),
  counter("lxd_cpu_seconds_total", "Processor time used, of all processors together, in seconds."),
  counter("lxd_disk_read_bytes_total", "Bytes read."),
  counter("lxd_disk_reads_completed_total", "Reads completed."),
  counter("lxd_disk_written_bytes_total", "Bytes written."),
  counter("lxd_disk_writes_completed_total", "Writes completed."),
  gauge("lxd_filesystem_avail_bytes", "Bytes that whoever is not root can still write."),
  gauge("lxd_filesystem_free_bytes", "Free bytes."),
  gauge("lxd_filesystem_size_bytes", "Bytes of the file system."),
  ...memoryFigures.map((figure) => gauge(`lxd_memory_${figure}_bytes`, memoryHelp(figure))),
  counter("lxd_memory_OOM_kills_total", "Processes that were killed because the memory was used up."),
  counter("lxd_network_receive_bytes_total", "Bytes received."),
  counter("lxd_network_receive_drop_total", "Packets received and dropped."),
  counter("lxd_network_receive_errs_total", "Errors of receiving."),
  counter("lxd_network_receive_packets_total", "Packets received."),
  counter("lxd_network_transmit_bytes_total", "Bytes sent."),
  counter("lxd_network_transmit_drop_total", "Packets to be sent and dropped."),
  counter("lxd_network_transmit_errs_total", "Errors of sending."),
  counter("lxd_network_transmit_packets_total", "Packets sent."),
  gauge("lxd_procs_total", "Processes that run."),
  gauge("lxd_operations_total", "Operations that are under way."),
  gauge("lxd_warnings_total", "Warnings that are not resolved."),
  gauge("lxd_uptime_seconds", "Seconds since the daemon was started."),
];

function memoryHelp(figure: (typeof memoryFigures)[number]): string {
  switch (figure) {
    case "MemTotal":
      return "Bytes of memory that the instance may use.";
    case "MemFree":
      return "Bytes of memory that nothing uses.";
    case "MemAvailable":
      return "Bytes of memory that are free or can be freed at once.";
    default:
      return `Bytes of memory: ${figure.replace("_", " ")}.`;
  }
}
