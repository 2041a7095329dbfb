/** Machines whose memory is in huge pages of the host's: fewer misses for large ones, and nothing of it is ever swapped or shared. */
import { isTrue } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { type InstanceSpec, machineSize } from "@lodge/core";
import { readText } from "../../../system/sys-files.ts";

/** Huge pages of the size that the host uses by itself. */
export interface HugePages {
  /** Bytes of one. */
  readonly size: number;
  /** Reserved on the host, and nobody's. */
  readonly free: number;
}

/** `{ hugePages: true }` for a machine that is to have them; refused when the host has not enough. */
export async function wantedHugePages(
  spec: Pick<InstanceSpec, "name" | "config">,
): Promise<{ readonly hugePages?: true }> {
  if (!isTrue(spec.config["limits.memory.hugepages"])) return {};
  const refusal = hugePagesRefusal(machineSize(spec.config).memory, readHugePages(await readText("/proc/meminfo")));
  if (refusal === undefined) return { hugePages: true };
  const message = `limits.memory.hugepages of instance "${spec.name}": ${refusal}.`;
  throw new LodgeError({ code: "limit_exceeds_host", message });
}

/** Of what /proc/meminfo says. */
export function readHugePages(meminfo: string): HugePages {
  const number = (key: string) => Number(new RegExp(`^${key}: *(\\d+)`, "m").exec(meminfo)?.[1] ?? 0);
  return {
    size: number("Hugepagesize") * 1024,
    free: Math.max(0, number("HugePages_Free") - number("HugePages_Rsvd")),
  };
}

/** Why a machine's memory cannot be in them, as the end of a sentence; undefined: it can. */
export function hugePagesRefusal(memory: number, { size, free }: HugePages): string | undefined {
  if (size === 0) return "the host's kernel has no huge pages";
  const mebibytes = size / 2 ** 20;
  if (memory % size !== 0) return `its memory must consist of whole pages of ${mebibytes} MiB; change limits.memory`;
  const needed = memory / size;
  if (needed <= free) return undefined;
  return `it needs ${needed} pages of ${mebibytes} MiB and the host has ${free} free; reserve more (sysctl vm.nr_hugepages), or unset it`;
}
