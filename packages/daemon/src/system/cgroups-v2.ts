import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatCpuSet, parseCpuSet } from "@lodge/api";
import { noController } from "./cgroup-errors.ts";
import type { DeviceLimits } from "./cgroup-io.ts";
import { diskLimitsV2, limitDisksV2 } from "./cgroup-io-v2.ts";
import { limitFilesV2 } from "./cgroup-limits-v2.ts";
import {
  type CgroupCounters,
  type CgroupStatistics,
  diskBytes,
  disksV2,
  memoryFiguresV2,
  outOfMemoryKills,
  pressureOf,
  readFlatKeys,
} from "./cgroup-statistics.ts";
import {
  childGroups,
  ignoreGone,
  isGone,
  isInstanceGroup,
  killProcesses,
  processesBelow,
  readControl,
  readControlNow,
  removeTree,
  until,
  writeControl,
} from "./cgroup-tree.ts";
import type { CgroupLimits, Cgroups, CgroupUsage, Delegate } from "./cgroups.ts";
import { replaceDeviceFilter } from "./device-filter.ts";
import type { DeviceRule } from "./device-rules.ts";
import { weighDisks } from "./disk-weight.ts";
import type { GroupMemory } from "./memory/group-memory.ts";
import { guaranteeV2, settleGuarantees } from "./memory/guarantee-v2.ts";
import { HeldMemory } from "./memory/held-memory.ts";
import { MemoryFilesV2 } from "./memory/memory-files-v2.ts";
import { parseMemoryLimit } from "./memory-limit.ts";
import { limitMemoryV2 } from "./memory-limit-v2.ts";
import { type LimitFile, writeLimit } from "./write-limit.ts";

/** Those that limits need, and those that a container's own init likes to have. */
const wanted = ["cpu", "memory", "pids", "io", "cpuset", "hugetlb"];
/** What a delegate may own where /sys/kernel/cgroup/delegate does not say. */
const delegated = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"];

/**
 * The unified hierarchy. Our groups stand at its top, beside systemd's slices, as LXC's do: a service's delegated
 * subtree could not hold them, because a service with enabled controllers below cannot be started again (its
 * main process would be an inner one, which the kernel refuses), and instances outlive the service.
 * systemd leaves unknown groups alone and cannot take away controllers that they use.
 */
export class CgroupsV2 implements Cgroups {
  readonly layout = "v2";
  readonly memory: GroupMemory;
  readonly #mount: string;
  readonly #base: string;

  constructor(mount: string, tag: string) {
    this.#mount = mount;
    this.#base = join(mount, `lodge-${tag}`);
    this.memory = new HeldMemory(new MemoryFilesV2((id) => this.#group(id)));
  }

  async create(id: string, limits: CgroupLimits): Promise<void> {
    await mkdir(this.#base, { recursive: true });
    await enableControllers(this.#mount);
    await enableControllers(this.#base);
    await mkdir(this.#group(id), { recursive: true });
    await this.limit(id, limits);
  }

  async limit(id: string, limits: CgroupLimits): Promise<void> {
    await this.memory.relimit(id, limits.softMemory, () => this.#setLimits(id, limits));
  }

  async #setLimits(id: string, limits: CgroupLimits): Promise<void> {
    const group = this.#group(id);
    await limitMemoryV2(group, limits);
    await guaranteeV2(this.#base, id, limits.guaranteedMemory ?? 0);
    for (const each of [...limitFilesV2(limits), await this.#cpusetFile(id, limits)]) {
      const written = await writeLimit(group, each);
      if (!written && each.value !== undefined) throw noController(each.file.split(".")[0] ?? "", each.file);
    }
    await weighDisks(group, ["io.weight", "io.bfq.weight"], limits.diskWeight);
  }

  async moveToCpus(id: string, cpus: readonly number[]): Promise<void> {
    await writeControl(join(this.#group(id), "cpuset.cpus"), formatCpuSet(cpus));
  }

  async cpus(id: string): Promise<readonly number[] | undefined> {
    return parseCpuSet((await readControl(join(this.#group(id), "cpuset.cpus.effective"))) ?? "");
  }

  limitDisks(id: string, limits: readonly DeviceLimits[]): Promise<void> {
    return limitDisksV2(this.#group(id), limits);
  }

  diskLimits(id: string): Promise<readonly DeviceLimits[]> {
    return diskLimitsV2(this.#group(id));
  }

  async add(id: string, pid: number): Promise<void> {
    await writeControl(join(this.#group(id), "cgroup.procs"), pid);
  }

  async addMonitor(pid: number): Promise<void> {
    const group = join(this.#base, "monitor");
    await mkdir(group, { recursive: true });
    await writeControl(join(group, "cgroup.procs"), pid);
  }

  async delegate(id: string, { uid, gid }: Delegate): Promise<void> {
    const group = this.#group(id);
    const files = (await readControl("/sys/kernel/cgroup/delegate"))?.split("\n") ?? delegated;
    await chown(group, uid, gid);
    // memory.oom.group and the like are in the kernel's list, limits are not.
    await Promise.all(files.map((file) => chown(join(group, file), uid, gid).catch(ignoreGone)));
  }

  async setDevices(id: string, rules: readonly DeviceRule[]): Promise<void> {
    replaceDeviceFilter(this.#group(id), rules);
  }

  processes(id: string): Promise<number[]> {
    return processesBelow(this.#group(id));
  }

  async freeze(id: string): Promise<void> {
    await writeControl(join(this.#group(id), "cgroup.freeze"), 1);
    await until(`freezing ${id}`, 10_000, () => this.frozen(id));
  }

  async thaw(id: string): Promise<void> {
    await writeControl(join(this.#group(id), "cgroup.freeze"), 0);
  }

  async frozen(id: string): Promise<boolean> {
    return /^frozen 1$/m.test((await readControl(join(this.#group(id), "cgroup.events"))) ?? "");
  }

  async usage(id: string): Promise<CgroupUsage | undefined> {
    const read = (file: string) => readControl(join(this.#group(id), file));
    const [cpu, memory, peak, limit, pids] = await Promise.all([
      read("cpu.stat"),
      read("memory.current"),
      read("memory.peak"),
      read("memory.max"),
      read("pids.current"),
    ]);
    if (cpu === undefined) return undefined;
    const memoryBytes = Number(memory ?? 0);
    return {
      cpuNanoseconds: Number(/^usage_usec (\d+)$/m.exec(cpu)?.[1] ?? 0) * 1000,
      memoryBytes,
      memoryPeakBytes: Number(peak ?? memoryBytes), // memory.peak: Linux 5.19
      ...parseMemoryLimit(limit),
      processes: pids === undefined ? -1 : Number(pids),
    };
  }

  async statistics(id: string): Promise<CgroupStatistics | undefined> {
    const read = (file: string) => readControl(join(this.#group(id), file));
    const files = ["cpu.stat", "memory.stat", "memory.current", "memory.swap.current", "memory.events", "pids.current"];
    const [cpu, memory, current, swap, events, pids] = await Promise.all(files.map(read));
    const limit = await read("memory.max");
    if (cpu === undefined) return undefined;
    const seconds = (key: string) => (readFlatKeys(cpu).get(key) ?? 0) / 1e6;
    const kills = outOfMemoryKills(events);
    const pressure = pressureOf((resource) => readControlNow(join(this.#group(id), `${resource}.pressure`)));
    return {
      cpuSeconds: { user: seconds("user_usec"), system: seconds("system_usec") },
      memory: { ...memoryFiguresV2(memory ?? ""), ...(swap !== undefined && { Swap: Number(swap) }) },
      memoryBytes: Number(current ?? 0),
      ...parseMemoryLimit(limit),
      ...(kills !== undefined && { outOfMemoryKills: kills }),
      ...(pids !== undefined && { processes: Number(pids) }),
      ...(pressure && { pressure }),
      disks: disksV2((await read("io.stat")) ?? ""),
    };
  }

  counters(id: string): CgroupCounters | undefined {
    const group = this.#group(id);
    const read = (file: string) => readControlNow(join(group, file));
    const cpu = read("cpu.stat");
    if (cpu === undefined) return undefined;
    const pids = read("pids.current");
    const io = read("io.stat");
    const pressure = pressureOf((resource) => read(`${resource}.pressure`));
    return {
      cpuSeconds: Number(/^usage_usec (\d+)$/m.exec(cpu)?.[1] ?? 0) / 1e6,
      memoryUsed: Number(read("memory.current") ?? 0),
      ...parseMemoryLimit(read("memory.max")),
      ...(pids !== undefined && { processes: Number(pids) }),
      ...(io !== undefined && diskBytes(disksV2(io))),
      ...(pressure && { pressure }),
    };
  }

  async remove(id: string): Promise<void> {
    this.memory.forget(id);
    const guaranteed = Number((await readControl(join(this.#group(id), "memory.min"))) ?? 0) > 0;
    await this.#removeGroup(this.#group(id));
    if (guaranteed) await settleGuarantees(this.#base);
  }

  async list(): Promise<string[]> {
    return ((await childGroups(this.#base)) ?? []).filter(isInstanceGroup);
  }

  removeAll(): Promise<void> {
    return this.#removeGroup(this.#base);
  }

  /** A group with processes cannot be told to have what the one above it has, if it had less: it is told what that is. */
  async #cpusetFile(id: string, { cpuSet }: CgroupLimits): Promise<LimitFile> {
    const file = "cpuset.cpus";
    const all = (await readControl(join(this.#base, "cpuset.cpus.effective"))) ?? "";
    const own = (await readControl(join(this.#group(id), file))) ?? "";
    return { file, value: cpuSet && formatCpuSet(cpuSet), none: own === "" ? "\n" : all };
  }

  async #removeGroup(group: string): Promise<void> {
    try {
      await writeControl(join(group, "cgroup.kill"), 1);
    } catch (error) {
      if (!isGone(error)) throw error;
      killProcesses(await processesBelow(group)); // cgroup.kill: Linux 5.14
    }
    await removeTree(group);
  }

  #group(id: string): string {
    return join(this.#base, id);
  }
}

/** Makes what the group has available to its children. One by one: a controller that refuses must not take the others with it. */
async function enableControllers(group: string): Promise<void> {
  const available = (await readFile(join(group, "cgroup.controllers"), "utf8")).trim().split(" ");
  const enabled = (await readFile(join(group, "cgroup.subtree_control"), "utf8")).trim().split(" ");
  for (const controller of wanted) {
    if (!available.includes(controller) || enabled.includes(controller)) continue;
    // What is missing shows when a limit needs it.
    await writeControl(join(group, "cgroup.subtree_control"), `+${controller}`).catch(() => undefined);
  }
}
