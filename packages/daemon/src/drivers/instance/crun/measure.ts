/** What a container uses: from its control group and from /proc, without a process and without entering it. */
import { readFile, readlink, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { basename } from "node:path";
import type { DiskMeasurement, FileSystemMeasurement, Measurements, NicMeasurement, Traffic, Use } from "@lodge/core";
import type { CgroupCounters, CgroupStatistics } from "../../../system/cgroup-statistics.ts";
import { readControlNow } from "../../../system/cgroup-tree.ts";

/** `pid`: of its init. */
export async function measureContainer(pid: number, statistics: CgroupStatistics): Promise<Measurements> {
  const { memoryBytes, memoryLimit, memory, disks, ...rest } = statistics;
  const total = Math.min(memoryLimit ?? totalmem(), totalmem());
  const free = Math.max(0, total - memoryBytes);
  const reclaimable = Math.min(memory.Inactive_file ?? 0, memoryBytes);
  const [devices, fileSystems, interfaces] = await Promise.all([
    Promise.all(disks.map(withName)),
    rootFileSystem(pid),
    readFile(`/proc/${pid}/net/dev`, "utf8").catch(() => ""),
  ]);
  return {
    ...rest,
    memoryUsed: memoryBytes,
    memory: { ...memory, MemTotal: total, MemFree: free, MemAvailable: Math.min(total, free + reclaimable) },
    disks: devices,
    fileSystems,
    nics: parseInterfaces(interfaces),
  };
}

/** In short, and at once. */
export function containerUse(pid: number, counters: CgroupCounters | undefined): Use | undefined {
  if (!counters) return undefined;
  const { memoryLimit, ...used } = counters;
  const traffic = trafficOf(readControlNow(`/proc/${pid}/net/dev`) ?? "");
  return { ...used, memoryTotal: Math.min(memoryLimit ?? totalmem(), totalmem()), traffic };
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

/** The overlay over the image: its room is that of the pool, or what a limit leaves of it. */
async function rootFileSystem(pid: number): Promise<FileSystemMeasurement[]> {
  const seen = await statfs(`/proc/${pid}/root/`).catch(() => undefined);
  if (!seen) return [];
  const { bsize, blocks, bfree, bavail } = seen;
  const type = fileSystemTypes.get(seen.type) ?? "";
  return [
    { device: "root", type, mountpoint: "/", size: blocks * bsize, free: bfree * bsize, available: bavail * bsize },
  ];
}

/** By the magic numbers of statfs(2). */
const fileSystemTypes = new Map([
  [0x794c7630, "overlay"],
  [0x9123683e, "btrfs"],
]);

/** What the kernel calls a block device, instead of its numbers. */
async function withName(disk: DiskMeasurement): Promise<DiskMeasurement> {
  const link = await readlink(`/sys/dev/block/${disk.device}`).catch(() => disk.device);
  return { ...disk, device: basename(link) };
}
