/** `npm run uninstall`: takes away all that set-up and Lodge itself made on this host. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { read } from "./host/api.mjs";
import { removeCommands } from "./host/commands.mjs";
import { removeUnits, stopDaemon } from "./host/daemon.mjs";
import { removeGroup } from "./host/group.mjs";
import { readRecord } from "./host/record.mjs";
import { findRemains } from "./host/remains.mjs";
import { build } from "./setup/build.mjs";
import { runScript, SetupFailure } from "./setup/failure.mjs";
import { daemonMain, lodgeDir, projectNode } from "./setup/places.mjs";
import { prepareCheckout } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { attempt } from "./setup/run.mjs";
import { say, step } from "./setup/step.mjs";

await runScript(async () => {
  if (!(await asRoot())) return;
  if (!existsSync(lodgeDir)) {
    say(`There is nothing to uninstall: ${lodgeDir} does not exist.`);
    return;
  }
  if (!process.argv.includes("--yes") && !(await confirmed())) {
    say("Nothing was changed.");
    process.exitCode = 1;
    return;
  }
  await uninstall();
});

async function confirmed() {
  /** @type {{ name: string }[]} */
  const instances = (await read("/1.0/instances?recursion=1")) ?? [];
  const names = instances.map((instance) => instance.name).join(", ");
  say(
    `This deletes everything of Lodge in ${lodgeDir}: images, and instances with their data${names && ` (${names})`}.`,
  );
  if (!process.stdin.isTTY) throw new SetupFailure("There is no terminal to ask on: say --yes to mean it.");
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question("Type yes to go on: ");
  prompt.close();
  return answer.trim().toLowerCase() === "yes";
}

async function uninstall() {
  // Read before the directory that it lies in is removed.
  const made = readRecord();
  const units = made.units ?? [];
  // The daemon's own code takes the instances away, so it must be there, whatever became of the checkout.
  if (!existsSync(projectNode) || !existsSync(daemonMain)) {
    await prepareCheckout();
    await build();
  }
  await step("Daemon", async () => {
    await stopDaemon();
    await removeUnits(units);
    return "stopped";
  });
  await step("Instances, networks, mounts, control groups", async (status) => {
    const purge = await attempt(projectNode, [daemonMain, "purge"], {
      env: { ...process.env, LODGE_DIR: lodgeDir },
      timeout: 5 * 60_000,
      onLine: status,
    });
    if (purge.status !== 0) throw new SetupFailure(`lodged purge failed:\n  ${purge.lines.slice(-20).join("\n  ")}`);
    return "removed";
  });
  removeCommands(made.commands ?? []);
  await removeGroup(made.group);
  await step("Files", async () => removeFiles());
  for (const checkout of made.checkouts ?? []) await step(`Build in ${checkout}`, async () => removeBuild(checkout));
  await reportRemains([...(made.commands ?? []), ...units]);
  if (made.packages?.length) {
    say(`Host packages that set-up installed are kept; to remove them: apt-get remove ${made.packages.join(" ")}`);
  }
}

function removeFiles() {
  // What is mounted beneath would be emptied with it: then the directory stays, and the report says so.
  if (readFileSync("/proc/self/mountinfo", "utf8").includes(` ${lodgeDir}/`))
    return "kept, because something is mounted in it";
  rmSync(lodgeDir, { recursive: true, force: true });
  return `${lodgeDir} removed`;
}

/** @param {string} checkout */
function removeBuild(checkout) {
  rmSync(join(checkout, ".node"), { recursive: true, force: true });
  rmSync(join(checkout, "node_modules"), { recursive: true, force: true });
  for (const name of ["api", "qmp", "core", "daemon", "sdk", "cli"]) {
    rmSync(join(checkout, "packages", name, "dist"), { recursive: true, force: true });
  }
  return ".node, node_modules and dist removed";
}

/** @param {readonly string[]} files Made by set-up outside of LODGE_DIR. */
async function reportRemains(files) {
  const remains = [...(await findRemains(lodgeDir)), ...files.filter((file) => existsSync(file))];
  if (remains.length === 0) {
    say("Nothing of Lodge is left on this host.");
    return;
  }
  throw new SetupFailure(`Not everything could be removed:\n  ${remains.join("\n  ")}`);
}
