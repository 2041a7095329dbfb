import { useNetworks, usePools } from "../../server/queries.ts";

/** Of a type's keys those whose values are names of what this server has. */
export function useOffered(type: string): Readonly<Record<string, readonly string[]>> {
  const networks = useNetworks().data ?? [];
  const pools = usePools().data ?? [];
  if (type === "nic") return { network: networks.filter(({ managed }) => managed).map(({ name }) => name) };
  if (type === "disk") return { pool: pools.map(({ name }) => name) };
  return {};
}
