/** On what a run was made. */
import { readFileSync, statfsSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  readonly kernel: string;
  /** Of the directory in which all data lie: `ext4`. */
  readonly fileSystem: string;
  readonly node: string;
}

export function describeMachine(directory: string): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    processors: processors.length,
    memory: totalmem(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown",
    kernel: release(),
    fileSystem: fileSystems.get(statfsSync(directory).type) ?? "unknown",
    node: process.version,
  };
}

/** By the numbers that statfs(2) gives. */
const fileSystems = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs"],
  [0x794c7630, "overlay"],
  [0x2fc12fc1, "zfs"],
]);

/** Seconds that the machine's processors were busy since it started, all together. */
export function busySeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync("/proc/stat", "utf8")
    .split("\n", 1)
    .flatMap((line) => line.trim().split(/\s+/).map(Number));
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

/** USER_HZ, which is the same for every program on Linux. */
const ticksPerSecond = 100;
