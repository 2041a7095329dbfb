import { LodgeError } from "@lodge/api/errors";
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
  const { address, protocol } = remotes.get(name);
  if (protocol !== undefined) {
    throw new LodgeError({
      code: "not_supported",
      message: `Remote "${name}" offers images and nothing else: \`lodge image list ${name}:\`, \`lodge image copy ${name}:IMAGE\`, \`lodge launch ${name}:IMAGE\`.`,
    });
  }
  const { readClientCertificate } = await import("./client-certificate.ts");
  const identity = readClientCertificate(remotes.directory);
  const serverCertificate = remotes.serverCertificate(name);
  return connect({ https: { address, serverCertificate, ...identity }, ...options });
}
