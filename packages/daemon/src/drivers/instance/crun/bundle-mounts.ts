import type { CgroupLayout } from "../../../system/cgroups.ts";
import { inside } from "./devices/placed.ts";
import type { SharedNode } from "./shared-devices.ts";

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** What a system container finds mounted; its init mounts the rest. */
export function containerMounts(layout: CgroupLayout): OciMount[] {
  return [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/dev", type: "tmpfs", source: "dev", options: ["nosuid", "strictatime", "mode=755", "size=512k"] },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "nodev", "mode=1777"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    // Read-only: systemd takes a writable /sys for a machine with devices of its own and waits for udev.
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", ...(layout === "v2" ? ["rw"] : [])],
    },
    // The host's init hands over an empty /run, so does Lodge.
    { destination: "/run", type: "tmpfs", source: "run", options: ["nosuid", "nodev", "mode=755"] },
  ];
}

/** A node made on the host: one made by crun would belong to nobody inside and let nobody use it. */
export function bindOfDevice({ path, source }: SharedNode): OciMount {
  return { destination: path, type: "bind", source, options: ["bind", "nosuid", "noexec"] };
}

/** Devices that come later appear in it; a container's own mounts there must not be seen by the host. */
export function bindOfDeviceDirectory(path: string): OciMount {
  return { destination: inside, type: "bind", source: path, options: ["bind", "rslave", "ro", "nosuid", "noexec"] };
}

/** Files of the host's kernel that say or do more than a guest's business. */
export const maskedPaths = [
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

export const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"];
