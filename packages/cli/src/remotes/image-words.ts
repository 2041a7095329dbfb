import type { ImageProtocol } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { localRemote, type Remotes } from "./remotes.ts";

/** A server that offers images, and a word behind it. */
export interface RemoteWord {
  readonly remote: string;
  readonly word: string;
}

/** `images:debian/12` → `images`, `debian/12`. Undefined: there is no remote in front. `remote_not_found`. */
export function splitImageWord(remotes: Pick<Remotes, "has">, text: string): RemoteWord | undefined {
  const [, remote, word = ""] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(.*)$/s.exec(text) ?? [];
  if (remote === undefined) return undefined;
  if (remotes.has(remote)) return { remote, word };
  throw new LodgeError({
    code: "remote_not_found",
    message: `There is no remote "${remote}"; \`lodge remote list\` shows those that there are.`,
  });
}

/** The same, of servers that offer images and nothing else. */
export function imageServerWord(remotes: Remotes, text: string): RemoteWord | undefined {
  const [, remote = "", word = ""] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(.*)$/s.exec(text) ?? [];
  return remote !== "" && remotes.offersImagesOnly(remote) ? { remote, word } : undefined;
}

/** What a daemon is told of a server that it is to fetch from. */
export interface SourceServer {
  readonly server: string;
  readonly protocol: Exclude<ImageProtocol, "direct">;
  readonly certificate?: string;
}

export function sourceServer(remotes: Remotes, name: string): SourceServer {
  if (name === localRemote)
    throw new LodgeError({ code: "request_invalid", message: "The daemon on this host is no other server." });
  const { address, protocol = "lxd" } = remotes.get(name);
  const certificate = remotes.serverCertificate(name);
  return { server: address, protocol, ...(certificate !== undefined && { certificate }) };
}
