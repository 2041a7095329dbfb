/** What cases look at on the host. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { HostCheck } from "./case.ts";

/** A file of the terminal's has this content. */
export function file(name: string, content: string | RegExp): HostCheck {
  return ({ directory }) => expect(readFileSync(join(directory, name), "utf8")).toMatch(content);
}

/** The kernel holds a container to so many MiB. */
export function memoryLimit(instance: string, mebibytes: number): HostCheck {
  return async ({ lodge }) => {
    const { pid } = await lodge.client.instances.state(instance);
    expect(limitOf(pid) / 2 ** 20).toBe(mebibytes);
  };
}

/** The smallest memory limit of a process's control group and those above it, in bytes. */
function limitOf(pid: number): number {
  const [, v1] = /^\d+:memory:(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const [, v2] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const [top, group, name] =
    v1 === undefined
      ? ["/sys/fs/cgroup", v2 ?? "/", "memory.max"]
      : ["/sys/fs/cgroup/memory", v1, "memory.limit_in_bytes"];
  let limit = Number.POSITIVE_INFINITY;
  for (let path = join(top, group); path.startsWith(top); path = dirname(path)) {
    const text = existsSync(join(path, name)) ? readFileSync(join(path, name), "utf8").trim() : "max";
    if (text !== "max") limit = Math.min(limit, Number(text));
  }
  return limit;
}

/** The process of the instance's, or its absence, is seen on the host. */
export function runs(instance: string, running = true): HostCheck {
  return async ({ lodge }) => {
    const { pid } = await lodge.client.instances.state(instance);
    expect(pid > 0 && existsSync(`/proc/${pid}`)).toBe(running);
  };
}

/** There is, or is no, file beneath LODGE_DIR. */
export function stored(path: string, there = true): HostCheck {
  return ({ lodge }) => expect(existsSync(join(lodge.directory, path))).toBe(there);
}

/** The named interface is in the network namespace in which the daemon keeps its bridges. */
export function link(name: string, says: RegExp | undefined): HostCheck {
  return async ({ lodge }) => {
    const { stdout } = await runCommand("nsenter", inFabric(lodge.directory, "ip", "addr", "show", name));
    expect(stdout).toMatch(says ?? /^$/);
  };
}

/** In the network namespace of the daemon's bridges, which only its mount namespace has. */
function inFabric(directory: string, ...command: string[]): string[] {
  return [`--mount=${directory}/ns/mnt`, "nsenter", `--net=${directory}/ns/net`, ...command];
}
