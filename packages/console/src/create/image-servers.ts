import type { Image } from "@lodge/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useServer } from "../server/server.tsx";

/** A server of images that the daemon is to fetch from. */
export interface ImageServer {
  readonly name: string;
  readonly url: string;
  readonly protocol: "simplestreams" | "lxd";
}

const stored = "lodge-console.image-servers";

/** As the command line knows it, until there is a list of one's own. */
const known: readonly ImageServer[] = [
  { name: "images", url: "https://images.linuxcontainers.org", protocol: "simplestreams" },
];

/** Those that this browser's user has named; as on the command line, they are the client's and not the daemon's. */
export function useImageServers() {
  const [servers, setServers] = useState<readonly ImageServer[]>(read);
  const keep = (next: readonly ImageServer[]) => {
    localStorage.setItem(stored, JSON.stringify(next));
    setServers(next);
  };
  return {
    servers,
    add: (server: ImageServer) => keep([...servers.filter(({ name }) => name !== server.name), server]),
    remove: (name: string) => keep(servers.filter((each) => each.name !== name)),
  };
}

function read(): readonly ImageServer[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(stored) ?? "null");
    return Array.isArray(list) ? list.filter(isServer) : known;
  } catch {
    return known;
  }
}

const isServer = (value: unknown): value is ImageServer =>
  typeof value === "object" && value !== null && ["name", "url", "protocol"].every((key) => key in value);

/** What a server offers, as the daemon sees it; undefined: none is asked. */
export function useOffered(server: ImageServer | undefined) {
  const { client } = useServer();
  return useQuery<readonly Image[]>({
    queryKey: ["offered", server?.url],
    queryFn: () => (server ? client.images.offered({ server: server.url, protocol: server.protocol }) : []),
    enabled: server !== undefined,
    staleTime: 10 * 60_000,
    retry: 0,
  });
}
