/** A container's user and network namespace, made before the container and kept by bind mounts of their nsfs files. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { bindMount, unbind } from "./bind-mount.ts";
import { isPinned } from "./namespaces.ts";
import { bringLoopbackUp } from "./network-namespace.ts";
import { type Holder, holdProcess } from "./spawn/holder.ts";

/** Host ids of a user namespace. */
export interface NamespaceIds {
  /** Host id of id 0 inside. */
  readonly base: number;
  readonly size: number;
  /** Owner: kernel resources (inotify, keys) are charged to it. */
  readonly owner: number;
}

export interface NamespacePair {
  /** Missing: the network namespace belongs to the host's user namespace. */
  readonly user?: string;
  readonly network: string;
}

/** The paths of a pair pinned under `directory`. */
export function namespacePair(directory: string, privileged: boolean): NamespacePair {
  const network = join(directory, "net");
  return privileged ? { network } : { network, user: join(directory, "user") };
}

/** Makes and pins a pair; without ids the network namespace alone. Does nothing when it is there. Undone by `removeNamespacePair`. */
export async function createNamespacePair(directory: string, ids: NamespaceIds | undefined): Promise<NamespacePair> {
  const pair = namespacePair(directory, ids === undefined);
  // The network namespace is pinned last: it tells that both are whole.
  if (await isPinned(pair.network)) return pair;
  await removeNamespacePair(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using holder = await holdNamespaces(ids);
  const proc = `/proc/${holder.pid}`;
  if (ids && pair.user) {
    const map = `0 ${ids.base} ${ids.size}\n`;
    await Promise.all([writeFile(`${proc}/uid_map`, map), writeFile(`${proc}/gid_map`, map)]);
    await writeFile(pair.user, "");
    bindMount(`${proc}/ns/user`, pair.user);
  }
  bringLoopbackUp(`${proc}/ns/net`);
  await writeFile(pair.network, "");
  bindMount(`${proc}/ns/net`, pair.network);
  return pair;
}

/** Idempotent. The namespaces end with the processes in them. */
export async function removeNamespacePair(directory: string): Promise<void> {
  unbind(join(directory, "net"));
  unbind(join(directory, "user"));
  await rm(directory, { recursive: true, force: true });
}

async function holdNamespaces(ids: NamespaceIds | undefined): Promise<Holder> {
  try {
    return await holdProcess(holderCommand(ids));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `The host cannot make the namespaces of a container: ${why}`;
    throw new LodgeError({ code: "host_unsupported", message, cause });
  }
}

/**
 * A user namespace belongs to the user that makes it. CAP_SYS_ADMIN is kept meanwhile, because some hosts let nobody
 * else make one (kernel.unprivileged_userns_clone, AppArmor's restriction).
 */
export function holderCommand(ids: NamespaceIds | undefined): string[] {
  if (!ids) return ["unshare", "--net", "--", "cat"];
  const owner = [`--reuid=${ids.owner}`, `--regid=${ids.owner}`, "--clear-groups"];
  const capability = ["--inh-caps=+sys_admin", "--ambient-caps=+sys_admin"];
  return ["setpriv", ...owner, ...capability, "--", "unshare", "--user", "--net", "--", "cat"];
}
