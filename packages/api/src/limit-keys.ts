/** What instances may have of the host's processors, memory and processes, in LXD's words and forms. Free of zod. */
import type { ConfigKey } from "./config-keys.ts";
import { parseCpuLimit, parseCpuSet } from "./cpu-set.ts";
import { parseAllowance, parseMilliseconds, parsePercent } from "./limit-values.ts";
import { boolean, integer, memorySize, oneOf, parseSize, type ValueCheck } from "./values.ts";

const both = ["container", "virtual-machine"] as const;

const cpus: ValueCheck = (value) =>
  parseCpuLimit(value) ? undefined : "must be a number of CPUs from 1, or CPUs such as 0-3,8 (3-3 for the CPU 3 alone)";

const allowance: ValueCheck = (value) =>
  parseAllowance(value)
    ? undefined
    : "must be a percentage such as 50%, or time in a period of at most 1000ms such as 25ms/100ms";

const burst: ValueCheck = (value) =>
  parseMilliseconds(value) === undefined ? "must be milliseconds of CPU time such as 20ms, at most 1000ms" : undefined;

const nodes: ValueCheck = (value) => (parseCpuSet(value) ? undefined : "must be NUMA nodes such as 0 or 0-1,3");

const memory: ValueCheck = (value) => {
  if (parsePercent(value) !== undefined || memorySize(value) === undefined) return undefined;
  return "must be a size of at least 1MiB such as 512MiB or 2GiB, or a percentage of the host's memory such as 50%";
};

const swap: ValueCheck = (value) =>
  boolean(value) === undefined || parseSize(value) !== undefined ? undefined : "must be true, false or a size";

const pages: ValueCheck = (value) =>
  parseSize(value) === undefined ? "must be a size such as 64MiB; 0 is none" : undefined;

/** The sizes of huge pages that have a key: as the key says it, and in bytes. */
export const hugePageSizes = [
  ["64KB", 2 ** 16],
  ["1MB", 2 ** 20],
  ["2MB", 2 ** 21],
  ["1GB", 2 ** 30],
] as const;

export const limitConfigKeys: readonly ConfigKey[] = [
  {
    key: "limits.cpu",
    doc: "The CPUs that the instance may use. A number (`2`): that many, as many as a VM has virtual CPUs; a container is held to those of the host that have least to do for others, and is moved when that changes. A list or range (`0-3,8`): these of the host and no others; `3-3` is the CPU 3 alone.",
    default: "containers: all; VMs: 1",
    types: both,
    check: cpus,
    live: true,
  },
  {
    key: "limits.cpu.allowance",
    doc: "How much of its CPUs' time. A percentage (`50%`) counts only while others want the same CPUs: twice the percentage, twice the time; 100% is what those have that say nothing. Time in a period (`25ms/100ms`) is all that it gets, also on an idle host; a period may have more time than its length, on several CPUs.",
    default: "100%",
    types: both,
    check: allowance,
    live: true,
  },
  {
    key: "limits.cpu.burst",
    doc: "CPU time (`20ms`) that the instance may save of periods in which it uses less than its `limits.cpu.allowance`, for one in which it needs more: what comes in bursts is not held up, and on the whole it gets no more. Counts only with time in a period, and at most as much as that. Needs Linux 5.14.",
    default: "none is saved",
    types: both,
    check: burst,
    live: true,
  },
  {
    key: "limits.cpu.priority",
    doc: "Who gets a little more among those with the same percentage: 0 (least) to 10.",
    default: "10",
    types: both,
    check: integer(0, 10),
    live: true,
  },
  {
    key: "limits.cpu.nodes",
    doc: "NUMA nodes of the host on whose CPUs the instance is to run (`0`, `0-1`). With a `limits.cpu` that names CPUs only these are left that are of such a node.",
    default: "all",
    types: both,
    check: nodes,
    live: true,
  },
  {
    key: "limits.memory",
    doc: "Memory that the instance may use, with unit (`512MiB`, `2GiB`), or a part of the host's (`50%`).",
    default: "containers: no limit; VMs: 1GiB",
    types: both,
    check: memory,
    live: true,
  },
  {
    key: "limits.memory.enforce",
    doc: "`hard`: more than `limits.memory` it never has, and its processes are killed where they cannot do with it. `soft`: more while the host has it to spare; under cgroup v2 it is slowed down then.",
    default: "hard",
    types: ["container"],
    check: oneOf("hard", "soft"),
    live: true,
  },
  {
    key: "limits.memory.min",
    doc: "The part of its memory that is the instance's in any case: nothing takes it for others, and it does not start where too much was promised to others. At most `limits.memory`; a size or a percentage of the host's memory.",
    default: "containers: none; VMs: half of limits.memory",
    types: both,
    check: memory,
    live: true,
  },
  {
    key: "limits.memory.shares",
    doc: "The instance's weight where there is not enough memory for all (1 to 10000), as that of control groups: with twice the shares twice the memory, between its guarantee and its limit.",
    default: "100",
    types: both,
    check: integer(1, 10_000),
    live: true,
  },
  {
    key: "limits.memory.swap",
    doc: "Whether its memory may go to the host's swap, or how much of it (`1GiB`). `true`: as much as `limits.memory`.",
    default: "true",
    types: ["container"],
    check: swap,
    live: true,
  },
  {
    key: "limits.memory.swap.priority",
    doc: "Whose memory stays longer where the host swaps: 0 (goes first) to 10. Only where the host has cgroup v1.",
    default: "10",
    types: ["container"],
    check: integer(0, 10),
    live: true,
  },
  {
    key: "limits.memory.hugepages",
    doc: "Whether the virtual machine's memory consists of the host's huge pages, which must have been reserved.",
    default: "false",
    types: ["virtual-machine"],
    check: boolean,
    live: false,
  },
  {
    key: "limits.disk.priority",
    doc: "Whose reads and writes the host's disk does first while more are waiting than it can do: 0 (last) to 10. Only where the disk has a scheduler that knows weights: `bfq`, or (cgroup v2) `io.cost`; `cat /sys/block/DISK/queue/scheduler` says which it has. Limits of single disks are keys of those devices.",
    default: "5",
    types: both,
    check: integer(0, 10),
    live: true,
  },
  {
    key: "limits.processes",
    doc: "Processes and threads that may run at once.",
    default: "no limit",
    types: ["container"],
    check: integer(1, 4_000_000),
    live: true,
  },
  ...hugePageSizes.map(
    ([name]): ConfigKey => ({
      key: `limits.hugepages.${name}`,
      doc: `How much memory in huge pages of ${name} the container may take of those that the host has reserved.`,
      default: "no limit",
      types: ["container"],
      check: pages,
      live: true,
    }),
  ),
];
