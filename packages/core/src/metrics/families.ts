import { memoryFigures } from "./measuring.ts";

export interface MetricFamily {
  /** Of its samples. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "info";
  readonly help: string;
}

const counter = (name: string, help: string): MetricFamily => ({ name, type: "counter", help });
const gauge = (name: string, help: string): MetricFamily => ({ name, type: "gauge", help });
const info = (name: string, help: string): MetricFamily => ({ name, type: "info", help });

/** Metrics by the names that LXD gave them, and ours, in the order in which they are written. */
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
  gauge("lodge_memory_used_bytes", "Bytes of the host's memory that the instance holds."),
  gauge("lodge_memory_target_bytes", "Bytes of memory that the governor lets the instance have now."),
  gauge("lodge_memory_demand_bytes", "Bytes of memory that the instance needs, as the governor sees it."),
  gauge("lodge_memory_guarantee_bytes", "Bytes of memory that the instance has in any case."),
  counter(
    "lodge_pressure_seconds_total",
    "Time in which some or all processes of the instance waited for a resource, in seconds.",
  ),
  info("lodge_governor_info", "Whether the governor moves memory, says what it would do, or is off."),
  gauge("lodge_governor_state", "1 for how scarce the host's memory is, 0 for how it is not."),
  gauge("lodge_governor_budget_bytes", "Bytes of memory that instances may have together."),
  gauge("lodge_governor_promised_bytes", "Bytes of memory that those that run have in any case."),
  gauge("lodge_governor_used_bytes", "Bytes of memory that those that run hold."),
  gauge("lodge_governor_reclaimable_bytes", "Bytes of these that lie idle."),
  counter("lodge_governor_actions_total", "What the governor did since the daemon was started."),
  gauge("lodge_instances", "Instances by their types and whether they run."),
  gauge("lodge_pool_size_bytes", "Bytes that a storage pool has room for."),
  gauge("lodge_pool_used_bytes", "Bytes of a storage pool that are taken."),
  gauge("lodge_templates", "Warm templates that launches fork from."),
  gauge("lodge_templates_ready", "Forks that stand ready for the next launches."),
  gauge("lodge_templates_size_bytes", "Bytes that templates take on disk."),
  info("lodge_accelerator_info", "What virtual machines run with."),
  counter("lodge_daemon_cpu_seconds_total", "Processor time that the daemon used, in seconds."),
  gauge("lodge_daemon_memory_bytes", "Bytes of memory that the daemon holds."),
  gauge("lodge_daemon_heap_bytes", "Bytes of the daemon's heap in use."),
  gauge("lodge_daemon_event_loop_delay_seconds", "How late the daemon's event loop was since the last scrape."),
  gauge("lodge_daemon_history_bytes", "Bytes that the last hour's figures take."),
  gauge("lodge_host_cpus", "Processors of the host."),
  counter("lodge_host_cpu_seconds_total", "What the host's processors did, in seconds of all together."),
  gauge("lodge_host_memory_available_bytes", "Bytes of the host's memory that are free or can be freed at once."),
  gauge("lodge_host_memory_size_bytes", "Bytes of memory of the host."),
  gauge("lodge_host_swap_free_bytes", "Bytes of the host's swap that are free."),
  gauge("lodge_host_swap_size_bytes", "Bytes of swap of the host."),
  gauge("lodge_host_load", "Processes that want a processor or a disk, as averages of so many minutes."),
  counter(
    "lodge_host_pressure_seconds_total",
    "Time in which some or all processes of the host waited for a resource, in seconds.",
  ),
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
