import type { InstanceState } from "@lodge/api";
import { expect, it } from "vitest";
import { ioLimits } from "./io-limits.ts";

const nic = (limits: InstanceState["network"][string]["limits"]): InstanceState["network"][string] => ({
  addresses: [],
  counters: { bytes_received: 0, bytes_sent: 0, packets_received: 0, packets_sent: 0 },
  hwaddr: "",
  host_name: "",
  mtu: 1500,
  state: "up",
  type: "broadcast",
  ...(limits && { limits }),
});

it("is a line for each device that is limited", () => {
  const disk = {
    root: { usage: 1, total: 0, limits: { read_bytes: 30 * 2 ** 20, write_operations: 200 } },
    data: { usage: 0, total: 0 },
  };
  const network = { eth0: nic({ ingress: 100e6, egress: 1.5e6 }), eth1: nic({ egress: 64_000 }), eth2: nic(undefined) };
  expect(ioLimits({ disk, network })).toEqual([
    "root: reads 30.0 MiB/s, writes 200 operations/s",
    "eth0: receives 100 Mbit/s, sends 1.5 Mbit/s",
    "eth1: sends 64 kbit/s",
  ]);
});
