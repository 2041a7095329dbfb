import { BrowserTransport, LodgeClient, type Transport } from "@lodge/sdk/browser";
import { createContext, type ReactNode, useContext, useMemo } from "react";

/** The daemon that served this page, in the project that is looked at. */
export interface Server {
  readonly client: LodgeClient;
  readonly transport: Transport;
  readonly project: string;
}

const keyName = "lodge-console.key";

/** The half of a session's secret that the page keeps: for this origin alone, for all of its tabs. */
export const pageKey = {
  get: (): string | undefined => localStorage.getItem(keyName) ?? undefined,
  set: (key: string): void => localStorage.setItem(keyName, key),
  forget: (): void => localStorage.removeItem(keyName),
};

const ServerContext = createContext<Server | undefined>(undefined);

export function ServerProvider({ project, children }: { readonly project: string; readonly children: ReactNode }) {
  const server = useMemo(() => {
    const transport = new BrowserTransport({ pageKey: pageKey.get });
    return { transport, project, client: new LodgeClient(transport, project === "default" ? undefined : project) };
  }, [project]);
  return <ServerContext value={server}>{children}</ServerContext>;
}

export function useServer(): Server {
  const server = useContext(ServerContext);
  if (!server) throw new Error("There is no ServerProvider.");
  return server;
}
