import type { InstanceHistory } from "@lodge/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useServer } from "../../server/server.tsx";
import { askSince, joinHistory } from "./history.ts";

/** The last hour; the whole of it once, and then what is new. */
export function useInstanceHistory(name: string) {
  const { client, project } = useServer();
  const cache = useQueryClient();
  const queryKey = ["history", project, name];
  return useQuery({
    queryKey,
    queryFn: async () => {
      const before = cache.getQueryData<InstanceHistory>(queryKey);
      if (!before) return client.usage.history(name);
      return joinHistory(before, await client.usage.history(name, { since: askSince(before) }));
    },
    refetchInterval: ({ state }) => (state.data?.step ?? 5) * 1000,
    gcTime: 60_000,
  });
}
