import { connect, type Socket } from "node:net";
import type { ProxySpec, Target } from "./spec.ts";

/** Makes connections to a target. What it needs of the file system is loaded before privileges are given up. */
export async function connector(target: Target, { root }: ProxySpec): Promise<() => Promise<Socket>> {
  const options = { allowHalfOpen: true, noDelay: true };
  if (target.kind !== "unix") {
    const { address: host, port } = target;
    return async () => connect({ ...options, host, port });
  }
  const { path } = target;
  if (path.startsWith("@")) return async () => connect({ ...options, path: `\0${path.slice(1)}` });
  if (root === undefined) return async () => connect({ ...options, path });
  const { Handle, O_PATH, openInRoot } = await import("../../../system/rooted-open.ts");
  const container = { handle: new Handle(root), crossMounts: true };
  return async () => {
    // The name is looked up before `connect` returns.
    using socket = await openInRoot(container, path, O_PATH);
    return connect({ ...options, path: socket.path });
  };
}
