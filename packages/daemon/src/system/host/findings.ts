/** What of the kernel Lodge can use on this host, and what it costs where something is missing. Pure. */
import type { HostFinding } from "@lodge/api";
import type { CgroupLayout } from "../cgroups.ts";
import { hasCapability, hasFilesystem, kernelAtLeast, mountOf } from "./parse.ts";

/** The texts and facts that the findings are made of. */
export interface HostFacts {
  readonly release: string;
  readonly layout: CgroupLayout | undefined;
  /** Controllers of control groups that instances may use; v1 has more than these. */
  readonly controllers: readonly string[];
  /** /proc/filesystems */
  readonly filesystems: string;
  /** /proc/self/mountinfo */
  readonly mountinfo: string;
  /** /proc/self/status */
  readonly status: string;
  /** /proc/sys/user/max_user_namespaces */
  readonly maxUserNamespaces: string;
  /** /proc/sys/fs/inotify/max_user_instances */
  readonly maxInotify: string;
  readonly lodgeDir: string;
  readonly pressure: boolean;
  readonly vhostNet: boolean;
  /** Devices have IOMMU groups. */
  readonly iommu: boolean;
  /** Bytes of swap. */
  readonly swap: number;
}

const capSysAdmin = 21;
const capSysResource = 24;

export function kernelFindings(facts: HostFacts): HostFinding[] {
  const finding = (name: string, ok: boolean, found: string, missing: string): HostFinding => ({
    name,
    ok,
    detail: ok ? found : missing,
  });
  return [
    cgroupFinding(facts),
    limitsFinding(facts),
    finding(
      "user-namespaces",
      Number(facts.maxUserNamespaces) > 0,
      "available",
      "the kernel allows none: only privileged containers can run; set user.max_user_namespaces",
    ),
    finding(
      "overlayfs",
      hasFilesystem(facts.filesystems, "overlay"),
      "available",
      "not loaded: containers cannot share their image's files; load the module overlay",
    ),
    finding(
      "idmapped-layers",
      kernelAtLeast(facts.release, 5, 19),
      "available",
      `kernel ${facts.release} is older than 5.19: unprivileged containers cannot start`,
    ),
    finding(
      "pressure",
      facts.pressure,
      "the kernel measures pressure (PSI)",
      "the kernel does not measure pressure (PSI): shortage of memory is noticed late; boot with psi=1",
    ),
    quotaFinding(facts),
    finding("vhost-net", facts.vhostNet, "available", "no /dev/vhost-net: virtual machines' networks cost more CPU"),
    finding(
      "iommu",
      facts.iommu,
      "available",
      "none: PCI devices and graphics cards cannot be given to virtual machines; turn on VT-d or AMD-Vi in the firmware, and boot Intel hosts with intel_iommu=on",
    ),
    finding("swap", facts.swap > 0, `${Math.round(facts.swap / 2 ** 20)} MiB`, "none: idle memory cannot be moved out"),
    finding(
      "inotify",
      Number(facts.maxInotify) >= 128,
      `${facts.maxInotify.trim()} instances a user`,
      `only ${facts.maxInotify.trim()} instances a user: many services in one container fail; raise fs.inotify.max_user_instances`,
    ),
    finding(
      "privileges",
      hasCapability(facts.status, capSysAdmin) && hasCapability(facts.status, capSysResource),
      "full",
      hasCapability(facts.status, capSysAdmin)
        ? "without CAP_SYS_RESOURCE: resource limits cannot be raised above the host's"
        : "the daemon is not root: nothing can run",
    ),
  ];
}

function cgroupFinding({ layout }: HostFacts): HostFinding {
  const name = "cgroup";
  if (layout === undefined) return { name, ok: false, detail: "none is mounted: nothing can run" };
  if (layout === "v2") return { name, ok: true, detail: "v2 (unified)" };
  return {
    name,
    ok: true,
    detail: `${layout}: without pressure of single instances and without memory.reclaim; boot with systemd.unified_cgroup_hierarchy=1 for both`,
  };
}

/** What each limit of an instance's needs. */
const controllersOfLimits = ["cpu", "memory", "pids"];

function limitsFinding({ layout, controllers }: HostFacts): HostFinding {
  const lacking = layout === undefined ? [] : controllersOfLimits.filter((each) => !controllers.includes(each));
  return {
    name: "limits",
    ok: lacking.length === 0,
    detail:
      lacking.length === 0
        ? "of CPU, memory and processes"
        : `the control groups have no ${lacking.join(", ")}: what the kernel does not count cannot be limited`,
  };
}

/** ext4 and XFS limit directories by project quotas, which are a mount option. */
function quotaFinding({ mountinfo, lodgeDir }: HostFacts): HostFinding {
  const name = "project-quota";
  const mount = mountOf(mountinfo, lodgeDir);
  const ok = mount?.options.some((o) => o === "prjquota" || o === "pquota") ?? false;
  return {
    name,
    ok,
    detail: ok
      ? `${mount?.type} with project quotas`
      : `${mount?.type ?? "the file system"} of ${lodgeDir} has no project quotas: the size of containers' roots cannot be limited`,
  };
}
