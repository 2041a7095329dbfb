/** What a container uses: from its control group and from /proc, without a process and without entering it. */
import { readFileSync, readlinkSync, type StatsFs, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { basename } from "node:path";
import type { FileSystemMeasurement, Measurements, NicMeasurement, Traffic, Use } from "@lodge/core";
import type { CgroupCounters, CgroupStatistics } from "../../../system/cgroup-statistics.ts";

/** `pid`: of its init. */
export function measureContainer(pid: number, statistics: CgroupStatistics): Measurements {
  const { memoryBytes, memoryLimit, memory, disks, ...rest } = statistics;
  const total = Math.min(memoryLimit ?? totalmem(), totalmem());
  const free = Math.max(0, total - memoryBytes);
  const reclaimable = Math.min(memory.Inactive_file ?? 0, memoryBytes);
  return {
    ...rest,
    memoryUsed: memoryBytes,
    memory: { ...memory, MemTotal: total, MemFree: free, MemAvailable: Math.min(total, free + reclaimable) },
    disks: disks.map((disk) => ({ ...disk, device: deviceName(disk.device) })),
    fileSystems: rootFileSystem(pid),
    nics: parseInterfaces(interfacesOf(pid)),
  };
}

/** In short, and at once. */
export function containerUse(pid: number, counters: CgroupCounters | undefined): Use | undefined {
  if (!counters) return undefined;
  const { memoryLimit, ...used } = counters;
  const traffic = trafficOf(interfacesOf(pid));
  return { ...used, memoryTotal: Math.min(memoryLimit ?? totalmem(), totalmem()), traffic };
}

/** Read at once, as control files are. Nothing of a process that has ended. */
function interfacesOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, "utf8");
  } catch {
    return "";
  }
}

/** Of all interfaces but the loopback. */
export function trafficOf(text: string): Traffic {
  let [bytesReceived, bytesSent] = [0, 0];
  for (const nic of parseInterfaces(text)) {
    bytesReceived += nic.bytesReceived;
    bytesSent += nic.bytesSent;
  }
  return { bytesReceived, bytesSent };
}

/** /proc/PID/net/dev: of the network namespace that the process is in. Without the loopback. */
export function parseInterfaces(text: string): NicMeasurement[] {
  return text.split("\n").flatMap((line) => {
    const [, device, values] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (device === undefined || values === undefined || device === "lo") return [];
    const figures = values.trim().split(/\s+/).map(Number);
    const [bytesReceived = 0, packetsReceived = 0, errorsReceived = 0, dropsReceived = 0] = figures;
    const [bytesSent = 0, packetsSent = 0, errorsSent = 0, dropsSent = 0] = figures.slice(8);
    return [
      {
        ...{ device, bytesReceived, packetsReceived, errorsReceived, dropsReceived },
        ...{ bytesSent, packetsSent, errorsSent, dropsSent },
      },
    ];
  });
}

/** The overlay over the image: its room is that of the pool, or what a limit leaves of it. What an overlay writes to is a disk of this host. */
function rootFileSystem(pid: number): FileSystemMeasurement[] {
  const seen = roomOf(`/proc/${pid}/root/`);
  if (!seen) return [];
  const { bsize, blocks, bfree, bavail } = seen;
  const type = fileSystemTypes.get(seen.type) ?? "";
  return [
    { device: "root", type, mountpoint: "/", size: blocks * bsize, free: bfree * bsize, available: bavail * bsize },
  ];
}

function roomOf(path: string): StatsFs | undefined {
  try {
    return statfsSync(path);
  } catch {
    return undefined;
  }
}

/** By the magic numbers of statfs(2). */
const fileSystemTypes = new Map([
  [0x794c7630, "overlay"],
  [0x9123683e, "btrfs"],
]);

/** What the kernel calls a block device, instead of its numbers. */
function deviceName(numbers: string): string {
  try {
    return basename(readlinkSync(`/sys/dev/block/${numbers}`));
  } catch {
    return numbers;
  }
}
