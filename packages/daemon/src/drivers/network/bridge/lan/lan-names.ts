import type { InstanceId } from "@lodge/core";
import type { FilterTable } from "../port-filter.ts";

/** Beginning of the names of all interfaces of ports that one LODGE_DIR has among the host's own. */
export const lanPrefix = (tag: string): string => `n${tag}`;

/** The host's end of a nic that is not in the fabric: 15 characters, the instance's id in base 36. */
export function lanInterface(tag: string, { instance, index }: { instance: InstanceId; index: number }): string {
  const id = Number.parseInt(instance, 16).toString(36).padStart(7, "0");
  return `${lanPrefix(tag)}${id}${index}`;
}

/** Of the host's bridges; it leaves other ports of theirs alone. */
export function lanFilter(tag: string): FilterTable {
  return { table: `lodge_${tag}`, entrance: `iifname "${lanPrefix(tag)}*" jump guard`, policy: "accept" };
}
