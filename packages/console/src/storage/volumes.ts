import { useQuery } from "@tanstack/react-query";
import { usePools } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

/** The user's own volumes in a pool. */
export function useVolumes(pool: string) {
  const { client, project } = useServer();
  return useQuery({
    queryKey: ["storage-pools", project, pool, "volumes"],
    queryFn: () => client.pools.volumes(pool).list(),
  });
}

/** ISOs in all pools that can be read. */
export function useIsoVolumes() {
  const { client, project } = useServer();
  const pools = (usePools().data ?? []).filter(({ status }) => status === "Created").map(({ name }) => name);
  return useQuery({
    queryKey: ["storage-pools", project, "isos", ...pools],
    queryFn: async () => {
      const all = await Promise.all(pools.map((pool) => client.pools.volumes(pool).list()));
      return all.flat().filter(({ content_type }) => content_type === "iso");
    },
    enabled: pools.length > 0,
  });
}
