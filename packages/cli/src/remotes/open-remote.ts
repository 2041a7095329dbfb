import { type ConnectOptions, connect, type LodgeClient, socketPath } from "@lodge/sdk";
import { readClientCertificate } from "./client-certificate.ts";
import { localRemote, type Remotes } from "./remotes.ts";

/** A client of a remote; nothing is sent before the first call. */
export function openRemote(
  remotes: Remotes,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  options: Pick<ConnectOptions, "project" | "trace">,
): LodgeClient {
  if (name === localRemote) return connect({ socket: socketPath(env), ...options });
  const { address } = remotes.get(name);
  const identity = readClientCertificate(remotes.directory);
  const serverCertificate = remotes.serverCertificate(name);
  return connect({ https: { address, serverCertificate, ...identity }, ...options });
}
