import { escapeCommas } from "./device.ts";

/** Where the guest's memory is. */
export type MemoryBacking =
  | { readonly kind: "own" }
  /** With processes that were given it: those that serve directories. */
  | { readonly kind: "shared" }
  /** In huge pages of the host's, all of which are taken at the start. Other processes may be given it, too. */
  | { readonly kind: "huge" }
  /** In a file; `share`: writes go to the file, else each page that is written becomes a copy of this machine's own. */
  | { readonly kind: "file"; readonly path: string; readonly share: boolean };

/**
 * The name of the guest's memory in a kept state. It is the one that QEMU gives by itself, and the same whatever the memory is backed by:
 * by it a state finds its memory.
 */
const memoryId = "pc.ram";

/**
 * What `-machine` is to be told. QEMU offers the guest's memory to the kernel for merging with that of others (KSM) unless it is told not to: how
 * long a write takes would then tell one guest what another has in its memory (CVE-2015-2877). So `merge` is only for those who said so.
 */
export const memoryMachine = (merge = false): string => `,mem-merge=${merge ? "on" : "off"},memory-backend=${memoryId}`;

/** In whole MiB. `reserve`: bytes of addresses for memory that comes while it runs, see `growth.ts`. */
export function memoryArguments(bytes: number, backing: MemoryBacking, reserve = 0): string[] {
  const mebibytes = Math.floor(bytes / 2 ** 20);
  const most = reserve > 0 ? `,maxmem=${mebibytes + reserve / 2 ** 20}M` : "";
  return ["-object", `${objectOf(backing)},id=${memoryId},size=${mebibytes}M`, "-m", `size=${mebibytes}M${most}`];
}

function objectOf(backing: MemoryBacking): string {
  if (backing.kind === "own") return "memory-backend-ram";
  if (backing.kind === "shared") return "memory-backend-memfd,share=on";
  if (backing.kind === "huge") return "memory-backend-memfd,share=on,hugetlb=on,prealloc=on";
  return `memory-backend-file,mem-path=${escapeCommas(backing.path)},share=${backing.share ? "on" : "off"}`;
}
