/** What is known of the server. All of it lives in the query cache, which the event stream keeps fresh: see `live.ts`. */
import { useQuery } from "@tanstack/react-query";
import { type Server, useServer } from "./server.tsx";

/** The first word is the noun in the API's paths: an event about one makes what is known of it stale. */
export const keys = {
  instances: ({ project }: Server) => ["instances", project] as const,
  instance: ({ project }: Server, name: string) => ["instances", project, name] as const,
  operations: ({ project }: Server) => ["operations", project] as const,
  events: ({ project }: Server) => ["events", project] as const,
};

export function useInstances() {
  const server = useServer();
  return useQuery({ queryKey: keys.instances(server), queryFn: () => server.client.instances.list() });
}

export function useInstance(name: string) {
  const server = useServer();
  return useQuery({
    queryKey: keys.instance(server, name),
    queryFn: () => server.client.instances.getFull(name),
    // Of what changes without an event, such as memory and addresses.
    refetchInterval: 5000,
  });
}

export function useOperations() {
  const server = useServer();
  return useQuery({ queryKey: keys.operations(server), queryFn: () => server.client.operations.list() });
}

/** Slow work that goes on, without the terminals and screens that are open. */
export function useRunning() {
  const all = useOperations().data ?? [];
  return all.filter((operation) => operation.class === "task" && operation.status_code < 200);
}

export function useImages() {
  const { client, project } = useServer();
  return useQuery({ queryKey: ["images", project], queryFn: () => client.images.list() });
}

export function useNetworks() {
  const { client, project } = useServer();
  return useQuery({ queryKey: ["networks", project], queryFn: () => client.networks.list() });
}

export function usePools() {
  const { client, project } = useServer();
  return useQuery({ queryKey: ["storage-pools", project], queryFn: () => client.pools.list() });
}

export function usePoolSpace(pools: readonly string[]) {
  const { client } = useServer();
  return useQuery({
    queryKey: ["storage-pools", "space", ...pools],
    queryFn: () =>
      Promise.all(pools.map(async (name) => ({ name, space: (await client.pools.resources(name)).space }))),
    enabled: pools.length > 0,
    refetchInterval: 30_000,
  });
}

export function useProfiles() {
  const { client, project } = useServer();
  return useQuery({ queryKey: ["profiles", project], queryFn: () => client.profiles.list() });
}

export function useProjects() {
  const { client } = useServer();
  return useQuery({ queryKey: ["projects"], queryFn: () => client.projects.list() });
}

export function useWarnings(enabled: boolean) {
  const { client } = useServer();
  return useQuery({ queryKey: ["warnings"], queryFn: () => client.warnings.list(), enabled, refetchInterval: 30_000 });
}

export function useUsage() {
  const { client, project } = useServer();
  return useQuery({ queryKey: ["usage", project], queryFn: () => client.usage.now(), refetchInterval: 3000 });
}

export function useHostHistory(enabled: boolean) {
  const { client } = useServer();
  return useQuery({
    queryKey: ["history"],
    queryFn: () => client.usage.hostHistory(),
    enabled,
    refetchInterval: 10_000,
  });
}

export function useHost() {
  const { client } = useServer();
  return useQuery({ queryKey: ["host"], queryFn: () => client.server.host(), staleTime: Infinity });
}

export function useServerInfo() {
  const { client } = useServer();
  return useQuery({ queryKey: ["server"], queryFn: () => client.server.get() });
}
