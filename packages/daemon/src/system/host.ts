import { access, readdir, readFile } from "node:fs/promises";
import { availableParallelism, machine, release } from "node:os";
import type { HostFinding, HostInfo } from "@lodge/api";
import type { HostService, Log, NetworkDriver } from "@lodge/core";
import { type CgroupMount, cgroupLayout, parseCgroupMounts } from "./cgroup-mounts.ts";
import { type HostFacts, kernelFindings } from "./host/findings.ts";
import { parseMeminfo, parseOsName } from "./host/parse.ts";
import { findFirmware, findShareServer, hostTools, missingTools, ToolFinder } from "./host/tools.ts";
import { readResources } from "./resources/resources.ts";

interface Verdict {
  readonly accelerator: "kvm" | "tcg";
  readonly reason: string;
}

/** A finding, of a program or of the kernel. */
export type HostTrouble = HostFinding & { readonly program?: boolean };

interface Lacks {
  /** As `info` finds it, of what can be looked at in passing: no program is started. Not all of it is missing. */
  lacks(): Promise<HostTrouble[]>;
}

export interface HostServiceOptions {
  readonly paths: { readonly root: string };
  readonly log: Log;
  /** Of Lodge. */
  readonly version: string;
  /** Decides, by a probe, what virtual machines run with. */
  readonly accelerator: {
    verdict(): Promise<Verdict>;
    /** What was decided; undefined while nobody needed to know. */
    known(): Verdict | undefined;
  };
  readonly network: Pick<NetworkDriver, "uplink">;
}

/** What Lodge found out about the host, and what it lacks. What changes is read anew each time. */
export function createHostService({
  paths,
  log,
  version,
  accelerator,
  network,
}: HostServiceOptions): Pick<HostService, "info" | "resources"> & Lacks {
  const wanted = hostTools(machine());
  const tools = new ToolFinder(wanted);

  async function info(): Promise<HostInfo> {
    const [osRelease, meminfo, facts, verdict, found, firmware, shares, uplink] = await Promise.all([
      read("/etc/os-release"),
      read("/proc/meminfo"),
      readFacts(paths.root),
      findAccelerator(),
      tools.find(),
      findFirmware(),
      findShareServer(),
      findUplink(),
    ]);
    const memory = parseMeminfo(meminfo);
    return {
      kernel: release(),
      architecture: machine(),
      os: parseOsName(osRelease),
      cpus: availableParallelism(),
      memory_total: memory.total,
      memory_available: memory.available,
      accelerator: verdict.accelerator,
      accelerator_reason: verdict.reason,
      cgroup: facts.layout ?? "v2",
      lodge_dir: paths.root,
      version,
      pid: process.pid,
      findings: [
        acceleratorFinding(verdict),
        ...kernelFindings({ ...facts, swap: memory.swap }),
        uplink,
        ...found,
        firmware,
        shares,
      ],
    };
  }

  /** Without QEMU there is nothing to probe with; the rest is worth telling all the same. */
  async function findAccelerator(): Promise<Verdict> {
    try {
      return await accelerator.verdict();
    } catch (err) {
      log.warn({ err }, "accelerator not found out");
      return { accelerator: "tcg", reason: `the probe failed: ${err instanceof Error ? err.message : String(err)}` };
    }
  }

  async function findUplink(): Promise<HostFinding> {
    try {
      const { connected, detail } = await network.uplink();
      return { name: "uplink", ok: connected, detail };
    } catch (err) {
      log.warn({ err }, "uplink not found out");
      return { name: "uplink", ok: false, detail: err instanceof Error ? err.message : String(err) };
    }
  }

  async function lacks(): Promise<HostTrouble[]> {
    const [meminfo, facts, programs, firmware, shares] = await Promise.all([
      read("/proc/meminfo"),
      readFacts(paths.root),
      missingTools(wanted),
      findFirmware(),
      findShareServer(),
    ]);
    const kernel = kernelFindings({ ...facts, swap: parseMeminfo(meminfo).swap });
    const verdict = accelerator.known();
    const known = [...(verdict ? [acceleratorFinding(verdict)] : []), ...kernel, firmware, shares];
    return [...known, ...programs.map((each) => ({ ...each, program: true }))];
  }

  return { info, lacks, resources: () => readResources({ sys: "/sys", proc: "/proc", dev: "/dev" }) };
}

function acceleratorFinding({ accelerator, reason }: { accelerator: string; reason: string }): HostFinding {
  const ok = accelerator === "kvm";
  return { name: "kvm", ok, detail: ok ? reason : `${reason}: virtual machines are emulated (TCG), many times slower` };
}

async function readFacts(lodgeDir: string): Promise<Omit<HostFacts, "swap">> {
  const [filesystems, mountinfo, status, maxUserNamespaces, maxInotify] = (await Promise.all(
    [
      "/proc/filesystems",
      "/proc/self/mountinfo",
      "/proc/self/status",
      "/proc/sys/user/max_user_namespaces",
      "/proc/sys/fs/inotify/max_user_instances",
    ].map(read),
  )) as [string, string, string, string, string];
  const mounts = parseCgroupMounts(mountinfo);
  return {
    release: release(),
    layout: cgroupLayout(mounts),
    controllers: await controllersOf(mounts),
    filesystems,
    mountinfo,
    status,
    maxUserNamespaces,
    maxInotify,
    lodgeDir,
    pressure: await exists("/proc/pressure/memory"),
    vhostNet: await exists("/dev/vhost-net"),
    iommu: (await readdir("/sys/kernel/iommu_groups").catch(() => [])).length > 0,
  };
}

/** On hybrid hosts those of the old hierarchies count. */
async function controllersOf(mounts: readonly CgroupMount[]): Promise<string[]> {
  const older = mounts.flatMap(({ controllers }) => controllers);
  const unified = mounts.find(({ version }) => version === 2);
  if (older.length > 0 || !unified) return older;
  return (await read(`${unified.path}/cgroup.controllers`)).trim().split(" ");
}

/** The empty string when it cannot be read. */
async function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
