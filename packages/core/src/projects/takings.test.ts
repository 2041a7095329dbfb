import type { Config, InstanceType } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { formatSize } from "./format-size.ts";
import { type CountedInstance, type ProjectContents, requireWithinLimits, resourcesOf } from "./takings.ts";

function instance(name: string, config: Config = {}, type: InstanceType = "container", size = "1GiB"): CountedInstance {
  const root = { type: "disk", path: "/", pool: "default", ...(size && { size }) };
  return { record: { name, type }, config, devices: { root } };
}

const volume = (name: string, size?: string) => ({
  ...{ name, contentType: "filesystem" as const, config: (size === undefined ? {} : { size }) as Config },
});

function contents(config: Config, instances: CountedInstance[], more: Partial<ProjectContents> = {}): ProjectContents {
  return { project: { name: "blue", description: "", config }, instances, volumes: [], networks: 0, ...more };
}

const big = { "limits.cpu": "2", "limits.memory": "512MiB", "limits.processes": "100" };

describe("a limit", () => {
  it.each<[string, Config, CountedInstance[], Partial<ProjectContents>?]>([
    ["none", {}, [instance("a"), instance("b")]],
    ["instances", { "limits.instances": "2" }, [instance("a"), instance("b")]],
    ["of one type", { "limits.containers": "0" }, [instance("v", {}, "virtual-machine")]],
    ["cpu", { "limits.cpu": "4" }, [instance("a", big), instance("b", big)]],
    ["memory", { "limits.memory": "1GiB" }, [instance("a", big), instance("b", big)]],
    [
      "processes, which VMs do not have",
      { "limits.processes": "100" },
      [instance("a", big), instance("v", {}, "virtual-machine")],
    ],
    ["disk", { "limits.disk": "3GiB" }, [instance("a")], { volumes: [volume("data", "2GiB")] }],
    [
      "disk without ISOs",
      { "limits.disk": "1GiB" },
      [instance("a")],
      { volumes: [{ name: "x", contentType: "iso", config: {} }] },
    ],
    ["networks", { "limits.networks": "1" }, [], { networks: 1 }],
  ])("allows what it allows: %s", (_what, config, instances, more) => {
    expect(() => requireWithinLimits(contents(config, instances, more))).not.toThrow();
  });

  it.each<[string, Config, CountedInstance[], string, Partial<ProjectContents>?]>([
    [
      "instances",
      { "limits.instances": "1" },
      [instance("a"), instance("b", {}, "virtual-machine")],
      "allows 1 less than it would have: 2 instances in all",
    ],
    [
      "containers",
      { "limits.containers": "0" },
      [instance("a")],
      'limits.containers=0 of project "blue" allows 1 less',
    ],
    [
      "virtual machines",
      { "limits.virtual-machines": "0" },
      [instance("v", {}, "virtual-machine")],
      "1 virtual-machines in all",
    ],
    ["cpu", { "limits.cpu": "3" }, [instance("a", big), instance("b", { "limits.cpu": "4" })], "b 4 + a 2 = 6"],
    [
      "memory",
      { "limits.memory": "768MiB" },
      [instance("a", big), instance("b", big)],
      'limits.memory=768MiB of project "blue" allows 256MiB less than it would have: a 512MiB + b 512MiB = 1GiB.',
    ],
    ["memory that is not said", { "limits.memory": "1GiB" }, [instance("a")], "so a needs limits.memory"],
    ["cpus that are not said", { "limits.cpu": "1" }, [instance("a")], "so a needs limits.cpu"],
    [
      "cpus that are no number",
      { "limits.cpu": "9" },
      [instance("a", { "limits.cpu": "0-1" })],
      "so a needs limits.cpu as an amount that can be added up, not 0-1",
    ],
    ["processes", { "limits.processes": "10" }, [instance("a", big)], "a 100 = 100"],
    [
      "disk",
      { "limits.disk": "2GiB" },
      [instance("a")],
      "volume data 2GiB + a 1GiB = 3GiB",
      { volumes: [volume("data", "2GiB")] },
    ],
    [
      "a disk without a size",
      { "limits.disk": "2GiB" },
      [instance("a", {}, "container", "")],
      "the disk of a needs a size",
    ],
    [
      "a volume without a size",
      { "limits.disk": "2GiB" },
      [],
      "the disk of volume data needs a size",
      { volumes: [volume("data")] },
    ],
    ["networks", { "limits.networks": "1" }, [], "2 networks in all", { networks: 2 }],
    [
      "many",
      { "limits.cpu": "1" },
      "abcdefg".split("").map((name) => instance(name, big)),
      "a 2 + b 2 + c 2 + d 2 + e 2 + 2 others = 14",
    ],
  ])("refuses what is more, with the arithmetic: %s", (_what, config, instances, message, more) => {
    expect(() => requireWithinLimits(contents(config, instances, more))).toThrow(
      expect.objectContaining({ code: "project_limit_exceeded", message: expect.stringContaining(message) }),
    );
  });
});

it("a project's state is what is taken, and what may be", () => {
  const all = contents({ "limits.memory": "1GiB", "limits.instances": "3" }, [
    instance("a", big),
    instance("v", {}, "virtual-machine"),
  ]);
  expect(resourcesOf(all)).toEqual({
    instances: { Limit: 3, Usage: 2 },
    containers: { Limit: -1, Usage: 1 },
    "virtual-machines": { Limit: -1, Usage: 1 },
    cpu: { Limit: -1, Usage: 2 },
    memory: { Limit: 2 ** 30, Usage: 2 ** 29 },
    processes: { Limit: -1, Usage: 100 },
    disk: { Limit: -1, Usage: 2 ** 31 },
    networks: { Limit: -1, Usage: 0 },
  });
});

it.each([
  [0, "0B"],
  [1000, "1000B"],
  [2 ** 20, "1MiB"],
  [3 * 2 ** 29, "1536MiB"],
  [2 ** 40, "1TiB"],
])("%i bytes are %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));
