import type { InstanceFull } from "@lodge/api";

/** Those by which others reach it; IPv4 before IPv6. */
export function addressesOf({ state }: Pick<InstanceFull, "state">): string[] {
  const all = Object.entries(state?.network ?? {}).flatMap(([name, { addresses }]) => (name === "lo" ? [] : addresses));
  const global = all.filter(({ scope }) => scope === "global");
  return global.toSorted((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
}
