import { join } from "node:path";

/** Where lodged listens: `$LODGE_SOCKET`, else `$LODGE_DIR/unix.socket`, else /var/lib/lodge/unix.socket. */
export function socketPath(env: Readonly<Record<string, string | undefined>>): string {
  return env.LODGE_SOCKET || join(env.LODGE_DIR || "/var/lib/lodge", "unix.socket");
}
