/**
 * The reference pages that follow from the code. They run under the project's Node, which reads TypeScript:
 * the sources are read and not a build.
 */
import { instanceConfigKeys } from "../../packages/api/src/config-keys.ts";
import { deviceTypes } from "../../packages/api/src/devices/index.ts";
import { errorCodes, exitStatus, httpStatus } from "../../packages/api/src/errors.ts";
import { forwardConfigKeys, networkConfigKeys } from "../../packages/api/src/network-keys.ts";
import { poolConfigKeys } from "../../packages/api/src/pool-keys.ts";
import { projectConfigKeys } from "../../packages/api/src/project-keys.ts";
import { serverConfigKeys } from "../../packages/api/src/server-keys.ts";
import { volumeConfigKeys } from "../../packages/api/src/storage-volume-keys.ts";
import { cliReference } from "../../packages/cli/src/reference.ts";
import { apiPage } from "./api.mjs";
import { compatibilityPage } from "./compatibility.mjs";
import { imageDefinitionsPage } from "./image-definitions.mjs";
import { generated, page, table } from "./markdown.mjs";

/**
 * Every generated page by its path in the checkout.
 * @returns {Promise<Map<string, string>>}
 */
export async function referencePages() {
  return new Map([
    ["docs/reference/api.md", await apiPage()],
    ["docs/reference/cli.md", await cliReference()],
    ["docs/reference/compatibility.md", compatibilityPage()],
    ["docs/reference/configuration.md", configurationPage()],
    ["docs/reference/devices.md", devicesPage()],
    ["docs/reference/errors.md", errorsPage()],
    ["docs/reference/image-definitions.md", imageDefinitionsPage()],
    ["docs/reference/networks.md", networksPage()],
    ["docs/reference/server.md", serverPage()],
    ["docs/reference/storage.md", storagePage()],
  ]);
}

function configurationPage() {
  const sections = instanceConfigKeys.map((entry) => {
    const facts = [
      `Applies to: ${entry.types.map((type) => (type === "container" ? "containers" : "virtual machines")).join(", ")}`,
      ...(entry.default ? [`Default: ${entry.default}`] : []),
      entry.volatile
        ? "Set by the daemon; it cannot be changed by clients"
        : `Change on a running instance: ${whenLive(entry)}`,
    ];
    return `## ${entry.key}\n\n${entry.doc}\n\n${facts.map((fact) => `- ${fact}`).join("\n")}`;
  });
  return page("Instance configuration", [
    generated,
    "Keys for `lodge launch -c KEY=VALUE`, `lodge config set INSTANCE KEY=VALUE` and the `config` of the API " +
      "(source: `packages/api/src/config-keys.ts`). A key ending in `*` stands for every key with that beginning. " +
      "Other keys are refused. Sizes are numbers with a unit: `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000), `KiB`, " +
      "`MiB`, `GiB`, `TiB` (powers of 1024).",
    ...sections,
  ]);
}

/** @param {typeof instanceConfigKeys[number]} entry */
function whenLive({ live }) {
  if (typeof live === "boolean") return `takes effect at ${live ? "once" : "its next start"}`;
  return `takes effect at once in a ${live}, else at its next start`;
}

function devicesPage() {
  const known = (/** @type {readonly string[]} */ types) =>
    types.map((type) => (type === "container" ? "containers" : "virtual machines")).join(", ");
  const sections = deviceTypes.map(({ type, doc, types, keys }) => {
    const rows = keys.map((entry) => [
      `\`${entry.key}\``,
      entry.doc,
      entry.default,
      entry.types ? known(entry.types) : "",
    ]);
    const blocks = [`## ${type}`, doc, `For ${known(types)}.`];
    return [...blocks, ...(rows.length > 0 ? [table(["Key", "What it is", "Default", "Only for"], rows)] : [])].join(
      "\n\n",
    );
  });
  return page("Devices", [
    generated,
    "Devices of instances and profiles: `lodge launch -d NAME,KEY=VALUE` and the `devices` of the API (source: " +
      "`packages/api/src/devices/`). Each has a name and a `type`; an instance's device replaces one of that name in its " +
      "profiles. Other types and keys are refused.",
    ...sections,
  ]);
}

function networksPage() {
  const keys = (/** @type {typeof networkConfigKeys} */ entries) =>
    table(
      ["Key", "What it is", "Default", "A change"],
      entries.map((entry) => [`\`${entry.key}\``, entry.doc, entry.default, entry.live]),
    );
  return page("Network configuration", [
    generated,
    "Keys for `lodge network create NETWORK KEY=VALUE`, `lodge network set NETWORK KEY=VALUE` and the `config` of the " +
      "API (source: `packages/api/src/network-keys.ts`). A key ending in `*` stands for every key with that beginning. " +
      "Other keys are refused.",
    keys(networkConfigKeys),
    "## Forwards",
    "A forward (`lodge network forward create NETWORK ADDRESS KEY=VALUE`) sends what arrives for an external address on to " +
      "instances: as a whole, and for the ports that `lodge network forward port add` names to those that it says. The " +
      "address must lead to this host: it is one of the host's, or is routed to it.",
    keys(forwardConfigKeys),
  ]);
}

function serverPage() {
  const keys = (/** @type {typeof serverConfigKeys} */ entries) =>
    table(
      ["Key", "What it is", "Default"],
      entries.map((entry) => [`\`${entry.key}\``, entry.doc, entry.default]),
    );
  return page("Server and project configuration", [
    generated,
    "Keys for `lodge config set KEY=VALUE`, without an instance, and the `config` of `/1.0` (source: " +
      "`packages/api/src/server-keys.ts`). A key ending in `*` stands for every key with that beginning. Other keys are " +
      "refused.",
    keys(serverConfigKeys),
    "## Projects",
    "Keys for `lodge project set PROJECT KEY=VALUE`.",
    keys(projectConfigKeys),
  ]);
}

function storagePage() {
  const drivers = Object.entries(poolConfigKeys).flatMap(([driver, keys]) => [
    `## ${driver}`,
    table(
      ["Key", "What it is", "Default", "A change"],
      keys.map((entry) => [`\`${entry.key}\``, entry.doc, entry.default, entry.change ?? "refused"]),
    ),
  ]);
  return page("Storage pool configuration", [
    generated,
    "Keys for `lodge storage create POOL DRIVER KEY=VALUE`, `lodge storage set POOL KEY=VALUE` and the `config` of the API " +
      "(source: `packages/api/src/pool-keys.ts`). A key ending in `*` stands for every key with that beginning. Other keys " +
      "are refused.",
    ...drivers,
    "## Volumes",
    "Keys for `lodge storage volume create POOL VOLUME KEY=VALUE` and `lodge storage volume set POOL VOLUME KEY=VALUE` " +
      "(source: `packages/api/src/storage-volume-keys.ts`).",
    table(
      ["Key", "What it is", "Default", "Content"],
      volumeConfigKeys.map((entry) => [`\`${entry.key}\``, entry.doc, entry.default, entry.contentTypes.join(", ")]),
    ),
  ]);
}

function errorsPage() {
  const kinds = Object.entries(httpStatus).map(([kind, status]) => [
    kind,
    String(status),
    String(exitStatus[/** @type {keyof typeof exitStatus} */ (kind)]),
  ]);
  const codes = Object.entries(errorCodes).map(([code, entry]) => [`\`${code}\``, entry.kind, entry.doc]);
  return page("Errors", [
    generated,
    "Every failure has a *code*, stable and made for programs, and a *kind*, from which the HTTP status and the exit " +
      "status of `lodge` follow (source: `packages/api/src/errors.ts`). The API carries the code as `metadata.code` of " +
      "an error and as `err_code` of a failed operation.",
    "## Kinds",
    table(["Kind", "HTTP status", "Exit status"], kinds),
    "`lodge exec` and `lodge shell` pass the guest's exit status through. Lodge's own failures are then 125; 126 is a " +
      "command that cannot be executed, 127 one that does not exist.",
    "## Codes",
    table(["Code", "Kind", "When, and what to do"], codes),
  ]);
}
