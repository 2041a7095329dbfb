/** docs/reference/compatibility.md, from what tests compare with LXD's API and client. */

import { routeRights } from "../../packages/daemon/src/http/access/route-rights.ts";
import { lxdEndpoints, otherRoutes } from "../../packages/daemon/src/http/description/lxd-endpoints.ts";
import { lxcCommands } from "./lxc-commands.mjs";
import { generated, page, table } from "./markdown.mjs";

export function compatibilityPage() {
  return page("Compatibility with LXD and Incus", [
    generated,
    "Lodge's API has the form of LXD's and Incus's: what was made for them works with it as far as these tables say. They are " +
      "compared with LXD 5.0.2, the version of Debian 12: with its documented endpoints, and with its client `lxc`, which the tests " +
      "in `test/e2e` drive through every command that is said to work. What a server can is asked for by names: " +
      "`api_extensions` of `GET /1.0` has only those that work. What Ansible's modules, Terraform's providers and `incus` send is replayed in " +
      "`packages/daemon/src/http/foreign-clients.test.ts`.",
    "`LXD_DIR=/var/lib/lodge lxc list` reaches the daemon of this host by its socket, `lxc remote add NAME TOKEN` another by " +
      "HTTPS ([remote access](../how-to/remote.md)). The `incus` client takes `INCUS_DIR`.",
    "## Endpoints",
    "`/1.0/containers/…` and `/1.0/virtual-machines/…` are `/1.0/instances/…` for one type.",
    table(["Endpoint", "Methods", "State"], lxdEndpoints.map(endpointRow)),
    "## More than LXD 5.0.2",
    table(
      ["Endpoint", "Methods", "From"],
      Object.entries(otherRoutes).map(([path, from]) => [`\`${path}\``, methodsOf(path), from]),
    ),
    "## Commands of LXD's client",
    table(["Commands", "State"], lxcCommands.map(commandRow)),
  ]);
}

/** @param {import("../../packages/daemon/src/http/description/lxd-endpoints.ts").LxdEndpoint} endpoint */
function endpointRow({ path, methods, ...rest }) {
  return [`\`${path}\``, methods.replaceAll(" ", ", "), stateOf(rest)];
}

/** @param {import("./lxc-commands.mjs").LxcCommands} entry */
function commandRow({ group, commands, ...rest }) {
  const all = commands.split(", ").map((command) => `\`${command}\``);
  return [`\`lxc ${group}`.trim() + "` " + all.join(", "), stateOf(rest)];
}

/** @param {{ readonly differs?: string, readonly missing?: string }} verdict */
function stateOf({ differs, missing }) {
  if (missing !== undefined) return `**not there**: ${missing}`;
  return differs === undefined ? "works" : `works, and differs: ${differs}`;
}

/** @param {string} path */
function methodsOf(path) {
  const registered = path.replaceAll(/\{(\w+)\}/g, ":$1");
  return Object.keys(routeRights[registered] ?? {}).join(", ");
}
