import { type ConnectOptions, connect, type LodgeClient, socketPath } from "@lodge/sdk";
import { localRemote, type Remotes } from "./remotes.ts";

/** A client of a remote; nothing is sent before the first call. */
export async function openRemote(
  remotes: Remotes,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  options: Pick<ConnectOptions, "project" | "trace">,
): Promise<LodgeClient> {
  if (name === localRemote) return connect({ socket: socketPath(env), ...options });
  const { address } = remotes.get(name);
  const { readClientCertificate } = await import("./client-certificate.ts");
  const identity = readClientCertificate(remotes.directory);
  const serverCertificate = remotes.serverCertificate(name);
  return connect({ https: { address, serverCertificate, ...identity }, ...options });
}
