import { type Instance, type InstanceState, type InstanceStatus, instanceStatus, zeroTime } from "@lodge/api";
import type { PortState } from "../networks/network.ts";
import { renderAddress } from "../networks/render.ts";
import type { RootUsage } from "../storage/pool.ts";
import type { DiskLimitsSeen } from "./devices/io-limits.ts";
import type { MachineFacts, Observation } from "./driver.ts";
import { withLastPower } from "./last-power.ts";
import type { ExpandedInstance } from "./records.ts";

/** An instance as the wire shows it. */
export function renderInstance({ record, config, devices }: ExpandedInstance, status: InstanceStatus): Instance {
  return {
    name: record.name,
    type: record.type,
    description: record.description,
    architecture: record.architecture,
    config: withLastPower(record.config, status),
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

/** What is seen beside what its driver observes. */
export interface ObservedParts {
  readonly nics: readonly ObservedNic[];
  /** Of the root. */
  readonly space: RootUsage;
  /** What holds disks, by device; the root disk as `root`. */
  readonly limits: Readonly<Record<string, DiskLimitsSeen>>;
  readonly boot: InstanceState["boot"];
}

export interface ObservedNic {
  readonly device: string;
  readonly mac: string;
  readonly state: PortState;
}

/** What was observed, as the wire shows it. */
export function renderState(seen: Observation, { nics, space, limits, boot }: ObservedParts): InstanceState {
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
    disk: renderDisks(space, limits),
    network: Object.fromEntries(nics.map((nic) => [nic.device, renderNic(nic)])),
    started_at: seen.startedAt?.toISOString() ?? zeroTime,
    ready: seen.ready,
    ...(seen.vm && { vm: { ...renderMachine(seen.vm), ...(seen.guest && { guest: { ...seen.guest } }) } }),
    ...(boot && { boot }),
  };
}

/** What others take is not known. */
function renderDisks(
  { bytes, layers }: RootUsage,
  { root, ...others }: Readonly<Record<string, DiskLimitsSeen>>,
): InstanceState["disk"] {
  const entries = Object.entries(others).map(([name, seen]) => [name, { usage: 0, total: 0, ...renderLimits(seen) }]);
  return {
    ...(Object.fromEntries(entries) as InstanceState["disk"]),
    root: { usage: bytes, total: 0, ...(layers && { layers }), ...(root && renderLimits(root)) },
  };
}

function renderLimits(seen: DiskLimitsSeen): Pick<InstanceState["disk"][string], "limits"> {
  const { readBytes, readOperations, writeBytes, writeOperations } = seen;
  return {
    limits: {
      ...(readBytes !== undefined && { read_bytes: readBytes }),
      ...(readOperations !== undefined && { read_operations: readOperations }),
      ...(writeBytes !== undefined && { write_bytes: writeBytes }),
      ...(writeOperations !== undefined && { write_operations: writeOperations }),
    },
  };
}

function renderMachine({ secureBoot, processor, ...facts }: MachineFacts) {
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
    ...(state.limits && { limits: state.limits }),
  };
}
