/**
 * A control group for each peer, so that all of a peer's processes are counted, those that left their parents included. They lie
 * beneath one group of this run.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CgroupMount, parseCgroupMounts } from "../../packages/daemon/src/system/cgroup-mounts.ts";
import { until } from "../../test/harness/until.ts";
import { heldMemory, processorSeconds } from "./usage.ts";

/** What a peer used up to a moment, and holds at it. */
export interface Reading {
  /** Seconds. */
  readonly processor: number;
  /** Bytes. */
  readonly memory: number;
}

export class ControlGroups implements AsyncDisposable {
  readonly #mounts = cgroupMounts();
  /** Where this process came from, by hierarchy. */
  readonly #home = new Map(this.#mounts.map((mount) => [mount.path, homeOf(mount)]));
  readonly #top = runGroup(process.pid);

  /** The group of one peer. */
  create(peer: string): ControlGroup {
    for (const mount of this.#mounts) {
      makeGroup(mount, this.#top);
      makeGroup(mount, join(this.#top, peer));
      makeGroup(mount, join(this.#top, peer, leaf));
    }
    return new ControlGroup(this.#mounts, join(this.#top, peer));
  }

  /** Puts this process back where it was. */
  leave(): void {
    for (const mount of this.#mounts) moveInto(mount, this.#home.get(mount.path) ?? "/", process.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    // A group stays busy until its last process is gone.
    await until("end of the groups of this run", 20_000, () =>
      this.#mounts.every((mount) => removeGroups(join(mount.path, this.#top))),
    );
  }
}

const leaf = "main";

export class ControlGroup {
  /** Below the top of each hierarchy. */
  readonly path: string;
  readonly #mounts: readonly CgroupMount[];
  readonly #others: string[] = [];

  constructor(mounts: readonly CgroupMount[], path: string) {
    this.path = path;
    this.#mounts = mounts;
  }

  /** Names a group at the top of the hierarchies that the peer puts processes of its own into: they count, too. */
  also(group: string): void {
    this.#others.push(group);
  }

  /** From now on what this process starts belongs to the group; so does it. */
  enter(): void {
    this.add(process.pid);
  }

  /** Its processes are in a group of their own beneath it: v2 wants none in a group that has others. */
  add(pid: number): void {
    for (const mount of this.#mounts) moveInto(mount, join(this.path, leaf), pid);
  }

  /** For a moment, and to make a namespace of which the whole group is the root. */
  enterTop(): void {
    for (const mount of this.#mounts) moveInto(mount, this.path, process.pid);
  }

  read(): Reading {
    const [processor, memory] = [this.#mountOf("cpuacct"), this.#mountOf("memory")];
    const groups = [this.path, ...this.#others];
    const sum = (mount: CgroupMount | undefined, file: string, value: (text: string) => number) =>
      groups.map((group) => value(readIfThere(mount && join(mount.path, group, file)))).reduce((a, b) => a + b, 0);
    return {
      processor: sum(processor, processor?.version === 1 ? "cpuacct.usage" : "cpu.stat", (text) =>
        processorSeconds(processor?.version ?? 2, text),
      ),
      memory: sum(memory, "memory.stat", (text) => heldMemory(memory?.version ?? 2, text)),
    };
  }

  /** All of its processes by now. */
  processes(): number[] {
    const mount = this.#mountOf("memory");
    return mount ? [this.path, ...this.#others].flatMap((group) => processesBelow(join(mount.path, group))) : [];
  }

  #mountOf(controller: string): CgroupMount | undefined {
    return this.#mounts.find(({ version, controllers }) => version === 2 || controllers.includes(controller));
  }
}

/** The group of a run, by the process id of its bench. */
export const runGroup = (pid: number) => `lodge-bench-${pid}`;

/** All of v1; the one tree of v2 where there is no v1, because a hybrid host's has no controller that counts. */
export function cgroupMounts(): readonly CgroupMount[] {
  const mounts = parseCgroupMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  const first = mounts.filter(({ version }) => version === 1);
  return first.length > 0 ? first : mounts;
}

function homeOf({ version, controllers }: CgroupMount): string {
  for (const line of readFileSync("/proc/self/cgroup", "utf8").trim().split("\n")) {
    const [, names = "", path = "/"] = line.split(":", 3);
    if (version === 2 ? names === "" : controllers.some((each) => names.split(",").includes(each))) return path;
  }
  return "/";
}

function makeGroup({ path, version, controllers }: CgroupMount, group: string): void {
  const directory = join(path, group);
  if (existsSync(directory)) return;
  if (version === 2) writeFileSync(join(directory, "..", "cgroup.subtree_control"), "+cpu +memory", { flag: "r+" });
  mkdirSync(directory);
  if (!controllers.includes("cpuset")) return;
  // Empty at first, and then no process may enter.
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    writeFileSync(join(directory, file), readFileSync(join(directory, "..", file), "utf8"), { flag: "r+" });
  }
}

function moveInto({ path }: CgroupMount, group: string, pid: number): void {
  writeFileSync(join(path, group, "cgroup.procs"), String(pid), { flag: "r+" });
}

/** Processes of a group and those beneath it. */
export function processesBelow(group: string): number[] {
  if (!existsSync(group)) return [];
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readIfThere(join(group, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
  return [...own, ...below.flatMap(({ name }) => processesBelow(join(group, name)))];
}

/** Removes a group with those beneath it. False: it still has processes. */
export function removeGroups(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeGroups(join(group, entry.name))) return false;
    }
    rmdirSync(group);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    if (code === "EBUSY") return false;
    throw error;
  }
}

function readIfThere(path: string | undefined): string {
  try {
    return path === undefined ? "" : readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
