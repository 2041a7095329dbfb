import { type Instance, type InstanceState, type InstanceStatus, instanceStatus, zeroTime } from "@lodge/api";
import type { PortState } from "../networks/network.ts";
import { renderAddress } from "../networks/render.ts";
import type { RootUsage } from "../storage/pool.ts";
import type { MachineFacts, Observation } from "./driver.ts";
import type { ExpandedInstance } from "./records.ts";

/** An instance as the wire shows it. */
export function renderInstance({ record, config, devices }: ExpandedInstance, status: InstanceStatus): Instance {
  return {
    name: record.name,
    type: record.type,
    description: record.description,
    architecture: record.architecture,
    config: record.config,
    devices: record.devices,
    profiles: [...record.profiles],
    expanded_config: config,
    expanded_devices: devices,
    ephemeral: record.ephemeral,
    stateful: record.state !== undefined,
    created_at: record.createdAt.toISOString(),
    last_used_at: record.lastUsedAt?.toISOString() ?? zeroTime,
    status,
    status_code: instanceStatus[status],
    location: "none",
    project: record.project,
  };
}

export interface ObservedNic {
  readonly device: string;
  readonly mac: string;
  readonly state: PortState;
}

/** What was observed, as the wire shows it. */
export function renderState(
  seen: Observation,
  nics: readonly ObservedNic[],
  { bytes, layers }: RootUsage,
  boot?: InstanceState["boot"],
): InstanceState {
  return {
    status: seen.status,
    status_code: instanceStatus[seen.status],
    pid: seen.pid,
    processes: seen.processes,
    cpu: { usage: seen.cpuNanoseconds, ...(seen.cpus && { allocated_time: seen.cpus * 1e9 }) },
    memory: {
      usage: seen.memoryBytes,
      usage_peak: seen.memoryPeakBytes,
      total: seen.memoryTotalBytes,
      swap_usage: 0,
      swap_usage_peak: 0,
    },
    disk: { root: { usage: bytes, total: 0, ...(layers && { layers }) } },
    network: Object.fromEntries(nics.map((nic) => [nic.device, renderNic(nic)])),
    started_at: seen.startedAt?.toISOString() ?? zeroTime,
    ready: seen.ready,
    ...(seen.vm && { vm: renderMachine(seen.vm) }),
    ...(boot && { boot }),
  };
}

function renderMachine({ secureBoot, processor, ...facts }: MachineFacts): InstanceState["vm"] {
  return { ...facts, secure_boot: secureBoot, cpu_model: processor };
}

function renderNic({ mac, state }: ObservedNic): InstanceState["network"][string] {
  return {
    addresses: [...state.ipv4.map(renderAddress), ...state.ipv6.map(renderAddress)],
    counters: {
      bytes_received: state.bytesReceived,
      bytes_sent: state.bytesSent,
      packets_received: state.packetsReceived,
      packets_sent: state.packetsSent,
    },
    hwaddr: mac,
    host_name: state.hostInterface,
    mtu: state.mtu,
    state: "up",
    type: "broadcast",
  };
}
