import type { InstanceId } from "@lodge/core";
import type { FilterTable } from "../port-filter.ts";

/** Beginning of the names of all interfaces of ports that one LODGE_DIR has among the host's own. */
export const lanPrefix = (tag: string): string => `n${tag}`;

/** The host's end of a nic that is not in the fabric: 15 characters, the instance's id in base 36. */
export function lanInterface(tag: string, { instance, index }: { instance: InstanceId; index: number }): string {
  const id = Number.parseInt(instance, 16).toString(36).padStart(7, "0");
  return `${lanPrefix(tag)}${id}${index}`;
}

/** Through which goes what such a nic limits on its way in; of the same length, with a letter for the index. */
export function lanDetour(tag: string, port: { instance: InstanceId; index: number }): string {
  return `${lanInterface(tag, port).slice(0, -1)}${"abcdefgh".charAt(port.index)}`;
}

/** Of the host's bridges; it leaves other ports of theirs alone. */
export function lanFilter(tag: string): FilterTable {
  return { table: `lodge_${tag}`, entrance: `iifname "${lanPrefix(tag)}*" jump guard`, policy: "accept" };
}
