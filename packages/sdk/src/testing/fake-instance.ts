import type { InstanceFull, InstanceSnapshot, InstanceState, InstanceStatus, InstanceType } from "@lodge/api";

export interface FakeInstanceOptions {
  readonly name: string;
  readonly type?: InstanceType;
  readonly status?: InstanceStatus;
  readonly ready?: boolean;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

const codes = { Stopped: 102, Running: 103, Starting: 106, Frozen: 110, Error: 112 };

/** A whole instance, always the same for the same options. */
export function fakeInstance(options: FakeInstanceOptions): InstanceFull {
  const { name, type = "container", status = "Running" } = options;
  const runs = status === "Running" || status === "Frozen";
  const config = { "image.description": "Debian 12 (bookworm)", "volatile.base_image": "0123456789ab".padEnd(64, "c") };
  return {
    name,
    type,
    description: "",
    architecture: "x86_64",
    config,
    devices: {},
    profiles: ["default"],
    expanded_config: config,
    expanded_devices: { root: { type: "disk", path: "/", pool: "default" } },
    ephemeral: false,
    stateful: false,
    created_at: "2026-01-02T03:04:05Z",
    last_used_at: "2026-01-02T03:04:06Z",
    status,
    status_code: codes[status],
    location: "none",
    project: "default",
    state: {
      status,
      status_code: codes[status],
      pid: runs ? 4242 : 0,
      processes: runs && type === "container" ? 12 : -1,
      cpu: { usage: runs ? 1_500_000_000 : 0 },
      memory: {
        usage: runs ? 48 * 2 ** 20 : 0,
        usage_peak: runs ? 64 * 2 ** 20 : 0,
        total: 2 ** 30,
        swap_usage: 0,
        swap_usage_peak: 0,
      },
      disk: {},
      network: runs
        ? network(options.ipv4 ?? "10.77.3.14", options.ipv6 ?? "fd42:8a1c:22f1:9b01:216:3eff:fe3a:9f10")
        : {},
      started_at: runs ? "2026-01-02T03:04:06Z" : "0001-01-01T00:00:00Z",
      ready: options.ready ?? status === "Running",
      ...(runs && type === "virtual-machine" && { vm: fakeMachine }),
    },
    snapshots: [],
    backups: [],
  };
}

/** A snapshot of an instance without configuration. */
export function fakeSnapshot(name: string, change: Partial<InstanceSnapshot> = {}): InstanceSnapshot {
  return {
    name,
    description: "",
    architecture: "x86_64",
    config: {},
    devices: {},
    profiles: ["default"],
    expanded_config: {},
    expanded_devices: {},
    ephemeral: false,
    stateful: false,
    created_at: "2026-01-02T03:04:05Z",
    last_used_at: "2026-01-02T03:04:06Z",
    expires_at: "0001-01-01T00:00:00Z",
    size: 3 * 2 ** 20,
    ...change,
  };
}

function network(ipv4: string, ipv6: string): InstanceFull["state"]["network"] {
  const counters = { bytes_received: 0, bytes_sent: 0, packets_received: 0, packets_sent: 0 };
  const nic = { counters, hwaddr: "00:16:3e:3a:9f:10", host_name: "", mtu: 1500, state: "up", type: "broadcast" };
  return {
    lo: { ...nic, addresses: [{ family: "inet", address: "127.0.0.1", netmask: "8", scope: "local" }] },
    eth0: {
      ...nic,
      addresses: [
        ...(ipv4 ? [{ family: "inet" as const, address: ipv4, netmask: "24", scope: "global" as const }] : []),
        ...(ipv6 ? [{ family: "inet6" as const, address: ipv6, netmask: "64", scope: "global" as const }] : []),
        { family: "inet6", address: "fe80::216:3eff:fe3a:9f10", netmask: "64", scope: "link" },
      ],
    },
  };
}

const fakeMachine: InstanceState["vm"] = {
  ...({ accelerator: "tcg", boot: "direct", machine: "pc-q35-7.2" } as const),
  ...{ firmware: "bios", secure_boot: false, tpm: false, cpu_model: "max" },
};
