import { chown, mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { noController } from "./cgroup-errors.ts";
import type { DeviceLimits } from "./cgroup-io.ts";
import { diskLimitsV1, limitDisksV1 } from "./cgroup-io-v1.ts";
import { type ControllerFile, limitFilesV1 } from "./cgroup-limits-v1.ts";
import { type CgroupMount, hybridTree } from "./cgroup-mounts.ts";
import {
  type CgroupCounters,
  type CgroupStatistics,
  diskBytes,
  disksV1,
  memoryFiguresV1,
  outOfMemoryKills,
} from "./cgroup-statistics.ts";
import {
  childGroups,
  ignoreGone,
  isInstanceGroup,
  killProcesses,
  processesBelow,
  readControl,
  readControlNow,
  removeTree,
  until,
  writeControl,
} from "./cgroup-tree.ts";
import type { CgroupLayout, CgroupLimits, Cgroups, CgroupUsage, Delegate } from "./cgroups.ts";
import { makeCpuset, readCpuset, writeCpuset } from "./cpuset-v1.ts";
import { type DeviceRule, ruleText } from "./device-rules.ts";
import { weighDisks } from "./disk-weight.ts";
import type { GroupMemory } from "./memory/group-memory.ts";
import { HeldMemory } from "./memory/held-memory.ts";
import { hostSwaps } from "./memory/host-swap.ts";
import { MemoryFilesV1 } from "./memory/memory-files-v1.ts";
import { parseMemoryLimit } from "./memory-limit.ts";
import { limitMemoryV1 } from "./memory-limit-v1.ts";
import { writeLimit } from "./write-limit.ts";

/** The hierarchies in which we make groups; crun makes its own in the others, and `remove` removes those too. */
const used = ["cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "freezer", "name=systemd"];
const killBound = 10_000;
const TMPFS_MAGIC = 0x01021994;

/** v1 hierarchies, alone or beside a v2 tree (hybrid), which is left alone: crun cannot use it and it has no controller that we need. */
export class CgroupsV1 implements Cgroups {
  readonly layout: CgroupLayout;
  readonly memory: GroupMemory;
  readonly #mounts: readonly CgroupMount[];
  readonly #name: string;

  constructor(layout: CgroupLayout, mounts: readonly CgroupMount[], tag: string) {
    this.layout = layout;
    this.#mounts = mounts;
    this.#name = `lodge-${tag}`;
    const file = (controller: string, id: string, name: string) => {
      const group = this.#group(controller, id);
      return group && join(group, name);
    };
    this.memory = new HeldMemory(new MemoryFilesV1(file, hostSwaps));
  }

  async create(id: string, limits: CgroupLimits): Promise<void> {
    await this.#make(id);
    await this.limit(id, limits);
  }

  async limit(id: string, limits: CgroupLimits): Promise<void> {
    await this.memory.relimit(id, limits.softMemory, () => this.#setLimits(id, limits));
  }

  async #setLimits(id: string, limits: CgroupLimits): Promise<void> {
    const memory = this.#group("memory", id);
    if (memory) await limitMemoryV1(memory, limits);
    else if (limits.memory !== undefined) throw noController("memory", "memory.limit_in_bytes");
    for (const each of limitFilesV1(limits)) await this.#limit(id, each);
    await weighDisks(this.#group("blkio", id), ["blkio.bfq.weight"], limits.diskWeight);
    const cpuset = this.#group("cpuset", id);
    if (cpuset) await writeCpuset(cpuset, limits.cpuSet);
    else if (limits.cpuSet) throw noController("cpuset", "cpuset.cpus");
  }

  async moveToCpus(id: string, cpus: readonly number[]): Promise<void> {
    const group = this.#group("cpuset", id);
    if (group) await writeCpuset(group, cpus);
  }

  async cpus(id: string): Promise<readonly number[] | undefined> {
    const group = this.#group("cpuset", id);
    return group === undefined ? undefined : readCpuset(group);
  }

  async limitDisks(id: string, limits: readonly DeviceLimits[]): Promise<void> {
    const group = this.#group("blkio", id);
    if (group) await limitDisksV1(group, limits);
    else if (limits.length > 0) throw noController("blkio", "blkio.throttle.write_bps_device");
  }

  async diskLimits(id: string): Promise<readonly DeviceLimits[]> {
    const group = this.#group("blkio", id);
    return group ? diskLimitsV1(group) : [];
  }

  async add(id: string, pid: number): Promise<void> {
    await Promise.all(this.#used().map((mount) => writeControl(join(mount.path, this.#name, id, "cgroup.procs"), pid)));
  }

  async addMonitor(pid: number): Promise<void> {
    try {
      await this.add("monitor", pid);
    } catch {
      // The first one, or somebody has removed the group.
      await this.#make("monitor");
      await this.add("monitor", pid);
    }
  }

  /**
   * Only systemd's own hierarchy, unless containers run inside: what is below a group is bound by its limits, but who makes groups
   * without end uses up the kernel's numbers for them.
   */
  async delegate(id: string, { uid, gid, nesting }: Delegate): Promise<void> {
    const mounts = this.#mounts.filter(({ controllers }) => nesting || controllers.includes("name=systemd"));
    for (const { path } of mounts) {
      for (const file of ["", "cgroup.procs", "tasks"]) {
        await chown(join(path, this.#name, id, file), uid, gid).catch(ignoreGone);
      }
    }
  }

  /** Without the controller every device may be used that can be opened. */
  async setDevices(id: string, rules: readonly DeviceRule[], withdrawn: readonly DeviceRule[]): Promise<void> {
    const group = this.#group("devices", id);
    if (!group) return;
    for (const rule of rules) await writeControl(join(group, "devices.allow"), ruleText(rule));
    for (const rule of withdrawn) await writeControl(join(group, "devices.deny"), ruleText(rule));
  }

  processes(id: string): Promise<number[]> {
    return this.#processesOf(id);
  }

  /** A v1 freezer can stick half way when a process forks meanwhile, until it is thawed and told again. */
  async freeze(id: string): Promise<void> {
    let attempts = 0;
    try {
      await until(`freezing ${id}`, killBound, async () => {
        if (++attempts % 8 === 0) await this.#setFreezer(id, "THAWED");
        await this.#setFreezer(id, "FROZEN");
        return this.frozen(id);
      });
    } catch (error) {
      await this.thaw(id);
      throw error;
    }
  }

  async thaw(id: string): Promise<void> {
    await this.#setFreezer(id, "THAWED");
  }

  async frozen(id: string): Promise<boolean> {
    const group = this.#group("freezer", id);
    return group !== undefined && (await readControl(join(group, "freezer.state"))) === "FROZEN";
  }

  async usage(id: string): Promise<CgroupUsage | undefined> {
    const [cpu, memory, peak, limit, pids] = await Promise.all([
      this.#read("cpuacct", id, "cpuacct.usage"),
      this.#read("memory", id, "memory.usage_in_bytes"),
      this.#read("memory", id, "memory.max_usage_in_bytes"),
      this.#read("memory", id, "memory.limit_in_bytes"),
      this.#read("pids", id, "pids.current"),
    ]);
    if (cpu === undefined && memory === undefined) return undefined;
    return {
      cpuNanoseconds: Number(cpu ?? 0),
      memoryBytes: Number(memory ?? 0),
      memoryPeakBytes: Number(peak ?? 0),
      ...parseMemoryLimit(limit),
      processes: pids === undefined ? -1 : Number(pids),
    };
  }

  async statistics(id: string): Promise<CgroupStatistics | undefined> {
    const [user, system, memory, current, limit, control, pids, bytes, operations] = await Promise.all([
      this.#read("cpuacct", id, "cpuacct.usage_user"),
      this.#read("cpuacct", id, "cpuacct.usage_sys"),
      this.#read("memory", id, "memory.stat"),
      this.#read("memory", id, "memory.usage_in_bytes"),
      this.#read("memory", id, "memory.limit_in_bytes"),
      this.#read("memory", id, "memory.oom_control"),
      this.#read("pids", id, "pids.current"),
      this.#read("blkio", id, "blkio.throttle.io_service_bytes_recursive"),
      this.#read("blkio", id, "blkio.throttle.io_serviced_recursive"),
    ]);
    if (user === undefined && memory === undefined) return undefined;
    const kills = outOfMemoryKills(control);
    return {
      cpuSeconds: { user: Number(user ?? 0) / 1e9, system: Number(system ?? 0) / 1e9 },
      memory: memoryFiguresV1(memory ?? ""),
      memoryBytes: Number(current ?? 0),
      ...parseMemoryLimit(limit),
      ...(kills !== undefined && { outOfMemoryKills: kills }),
      ...(pids !== undefined && { processes: Number(pids) }),
      disks: disksV1(bytes ?? "", operations ?? ""),
    };
  }

  counters(id: string): CgroupCounters | undefined {
    const read = (controller: string, file: string) => {
      const group = this.#group(controller, id);
      return group && readControlNow(join(group, file));
    };
    const cpu = read("cpuacct", "cpuacct.usage");
    if (cpu === undefined) return undefined;
    const pids = read("pids", "pids.current");
    const bytes = read("blkio", "blkio.throttle.io_service_bytes_recursive");
    return {
      cpuSeconds: Number(cpu) / 1e9,
      memoryUsed: Number(read("memory", "memory.usage_in_bytes") ?? 0),
      ...parseMemoryLimit(read("memory", "memory.limit_in_bytes")),
      ...(pids !== undefined && { processes: Number(pids) }),
      ...(bytes !== undefined && diskBytes(disksV1(bytes, ""))),
    };
  }

  remove(id: string): Promise<void> {
    this.memory.forget(id);
    return this.#removeGroup(id);
  }

  async list(): Promise<string[]> {
    const lists = await Promise.all(this.#mounts.map((mount) => childGroups(join(mount.path, this.#name))));
    return [...new Set(lists.flatMap((names) => names ?? []))].filter(isInstanceGroup);
  }

  removeAll(): Promise<void> {
    return this.#removeGroup("");
  }

  /** Kills until nothing is left: a process may have forked while the list was read. Frozen ones die when thawed. */
  async #removeGroup(id: string): Promise<void> {
    await until(`ending the processes of ${id}`, killBound, async () => {
      const pids = await this.#processesOf(id);
      killProcesses(pids);
      if (pids.length > 0) await this.#setFreezer(id, "THAWED");
      return pids.length === 0;
    });
    await Promise.all(this.#mounts.map((mount) => removeTree(join(mount.path, this.#name, id))));
    await this.#removeFromCover(id);
  }

  /** Where the daemon's mount namespace covers the v2 tree, crun writes into the cover as if it were one. */
  async #removeFromCover(id: string): Promise<void> {
    if (this.layout !== "hybrid" || (await statfs(hybridTree)).type !== TMPFS_MAGIC) return;
    await rm(join(hybridTree, this.#name, id), { recursive: true, force: true });
  }

  /** Of all hierarchies: a start that was cut short may have entered some only. */
  async #processesOf(id: string): Promise<number[]> {
    const lists = await Promise.all(this.#mounts.map((mount) => processesBelow(join(mount.path, this.#name, id))));
    return [...new Set(lists.flat())];
  }

  async #setFreezer(id: string, state: "FROZEN" | "THAWED"): Promise<void> {
    const group = this.#group("freezer", id);
    if (!group || (await childGroups(group)) === undefined) return;
    await writeControl(join(group, "freezer.state"), state);
  }

  async #read(controller: string, id: string, file: string): Promise<string | undefined> {
    const group = this.#group(controller, id);
    return group && readControl(join(group, file));
  }

  async #limit(id: string, { controller, ...each }: ControllerFile): Promise<void> {
    const group = this.#group(controller, id);
    const written = group && (await writeLimit(group, each));
    if (!written && each.value !== undefined) throw noController(controller, each.file);
  }

  async #make(name: string): Promise<void> {
    await Promise.all(
      this.#used().map(({ path, controllers }) =>
        controllers.includes("cpuset")
          ? makeCpuset(path, this.#name, name)
          : mkdir(join(path, this.#name, name), { recursive: true }),
      ),
    );
  }

  #group(controller: string, id: string): string | undefined {
    const mount = this.#mounts.find((m) => m.controllers.includes(controller));
    return mount && join(mount.path, this.#name, id);
  }

  #used(): CgroupMount[] {
    return this.#mounts.filter((mount) => mount.controllers.some((controller) => used.includes(controller)));
  }
}
