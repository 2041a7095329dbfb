/** The two instances that set-up leaves running: one system, once as a container and once as a virtual machine. */
import { cliMain, lodgeDir, projectNode } from "../setup/places.mjs";
import { attempt } from "../setup/run.mjs";
import { say, step } from "../setup/step.mjs";
import { read } from "./api.mjs";
import { lodge } from "./images.mjs";

const instances = [
  { name: "web", kind: "container", launch: ["launch", "debian/12", "web"] },
  { name: "db", kind: "virtual machine", launch: ["launch", "debian/12", "db", "--vm"] },
];

/** Launches those that are missing and starts those that are stopped; nothing else is touched. */
export async function ensureInstances() {
  for (const { name, kind, launch } of instances) {
    const found = await read(`/1.0/instances/${name}`);
    if (found?.status === "Running") {
      await step(`Instance ${name} (${kind})`, async () => "running");
      continue;
    }
    say(found ? `Starting ${name}` : `Launching ${name} (${kind} of debian/12)`);
    if (found?.status === "Frozen") await lodge(["resume", name], 60_000);
    else await lodge(found ? ["start", name] : launch, 10 * 60_000);
  }
}

/** Waits until both answer and prints what each is. */
export async function showInstances() {
  /** @type {string[][]} */
  let rows = [];
  await step("Guests", async (status) => {
    status("waiting until both answer");
    rows = await Promise.all(instances.map(describe));
    return "both answer";
  });
  const header = ["NAME", "TYPE", "STATE", "ADDRESS", "KERNEL", "OS"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  say("");
  for (const row of [header, ...rows])
    say(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`);
}

/** @param {{ name: string }} instance */
async function describe({ name }) {
  const ask = () => exec(name, ["sh", "-c", 'uname -r; . /etc/os-release; echo "$PRETTY_NAME"']);
  let asked = await ask();
  // A connection to a guest may break while it settles after the daemon's restart.
  if (asked.status !== 0) asked = await ask();
  const [kernel = "", os = ""] =
    asked.status === 0 ? asked.stdout.trim().split("\n") : ["?", asked.lines.at(-1) ?? "?"];
  const instance = await read(`/1.0/instances/${name}`);
  return [name, instance?.type ?? "?", instance?.status ?? "?", await addressOf(name), kernel, os];
}

/**
 * `lodge exec` waits for a guest that still boots.
 * @param {string} name
 * @param {readonly string[]} command
 */
function exec(name, command) {
  return attempt(projectNode, [cliMain, "exec", name, "--", ...command], {
    env: { ...process.env, LODGE_DIR: lodgeDir },
    timeout: 5 * 60_000,
  });
}

/** @param {string} name */
async function addressOf(name) {
  await attempt(projectNode, [cliMain, "wait", name, "address", "--timeout", "60"], {
    env: { ...process.env, LODGE_DIR: lodgeDir },
    timeout: 70_000,
  });
  const state = await read(`/1.0/instances/${name}/state`);
  /** @type {{ addresses: { family: string, scope: string, address: string }[] }[]} */
  const nics = Object.values(state?.network ?? {});
  const global = nics.flatMap((nic) => nic.addresses).filter((entry) => entry.scope === "global");
  return (global.find((entry) => entry.family === "inet") ?? global[0])?.address ?? "none";
}
