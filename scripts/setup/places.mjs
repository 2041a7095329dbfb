/** Where things lie: in this checkout, and of the Lodge that it sets up. */
import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The project's own Node, whatever Node runs this script. */
export const projectNode = join(checkout, ".node", "bin", "node");
// Both are bundled: see `bundle.mjs`.
export const daemonMain = join(checkout, "packages", "daemon", "dist", "lodged.js");
export const cliMain = join(checkout, "packages", "cli", "dist", "lodge.js");
export const consolePage = join(checkout, "packages", "console", "dist", "web", "index.html");
/** Written by the build: which sources the console was made of. */
export const consoleIdFile = join(checkout, "packages", "console", "dist", "build-id");
/** Written by the build: which sources `dist` was made of. */
export const buildIdFile = join(checkout, "packages", "daemon", "dist", "build-id");

export const defaultLodgeDir = "/var/lib/lodge";
/** Root of all state: `$LODGE_DIR`, or the default. */
export const lodgeDir = resolve(process.env["LODGE_DIR"] || defaultLodgeDir);
export const socketPath = join(lodgeDir, "unix.socket");
export const pidFile = join(lodgeDir, "lodged.pid");
export const daemonLog = join(lodgeDir, "logs", "lodged.log");

/**
 * Six digits that tell one LODGE_DIR's cgroups, interfaces and tables from another's; as the daemon computes it.
 * @param {string} directory
 */
export function tagOf(directory) {
  return createHash("sha256").update(directory).digest("hex").slice(0, 6);
}
