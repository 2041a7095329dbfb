/** Compiles the packages and bundles the daemon when their sources changed, and notes of which sources the result was made. */
import { createHash } from "node:crypto";
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asCheckoutOwner } from "./owner.mjs";
import { buildIdFile, checkout, cliMain, consoleIdFile, consolePage, daemonMain, projectNode } from "./places.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/** Brings `dist` up to date and returns the build's id. */
export async function build() {
  const id = await buildPrograms();
  await buildConsole();
  return id;
}

/** The web console, which the daemon serves: of its own sources and the SDK's, and not again when only the daemon's have changed. */
async function buildConsole() {
  const id = sourceId(["api", "console", "sdk"]);
  if (existsSync(consolePage) && noted(consoleIdFile) === id) {
    await step("Console", async () => "up to date");
    return;
  }
  await step("Console", async () => {
    const { as, env } = asCheckoutOwner();
    const vite = join(checkout, "node_modules", "vite", "bin", "vite.js");
    const cwd = join(checkout, "packages", "console");
    await run(projectNode, [vite, "build", "--logLevel", "warn"], {
      cwd,
      env,
      ...(as && { as }),
      timeout: 10 * 60_000,
    });
    note(consoleIdFile, id, as);
    return `made ${id}`;
  });
}

async function buildPrograms() {
  const id = sourceId(["api", "cli", "core", "daemon", "qmp", "sdk"]);
  const made = existsSync(daemonMain) && existsSync(cliMain);
  if (made && noted(buildIdFile) === id) {
    await step("Build", async () => "up to date");
    return id;
  }
  await step("Build", async () => {
    const { as, env } = asCheckoutOwner();
    const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
    const bundler = join(checkout, "scripts", "setup", "bundle.mjs");
    for (const args of [[compiler, "-b", "packages/daemon", "packages/cli"], [bundler]])
      await run(projectNode, args, { cwd: checkout, env, ...(as && { as }), timeout: 10 * 60_000 });
    note(buildIdFile, id, as);
    return `made ${id}`;
  });
  return id;
}

/** @param {string} file */
function noted(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/**
 * Sources that changed while the compiler ran are built by the next run: the id was taken before.
 * @param {string} file
 * @param {string} id
 * @param {{ uid: number, gid: number } | undefined} owner
 */
function note(file, id, owner) {
  writeFileSync(file, `${id}\n`);
  if (owner) chownSync(file, owner.uid, owner.gid);
}

/**
 * Short hash of all that the build of some packages depends on.
 * @param {readonly string[]} packages
 */
function sourceId(packages) {
  const hash = createHash("sha256");
  const ours = ["package-lock.json", "tsconfig.base.json", "scripts/setup/bundle.mjs"];
  for (const file of [...ours, ...packages.flatMap(packageSources)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(checkout, file)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

/** @param {string} name */
function packageSources(name) {
  const directory = `packages/${name}`;
  const own = ["package.json", "tsconfig.json", "vite.config.ts", "index.html"].filter((file) =>
    existsSync(join(checkout, directory, file)),
  );
  const sources = readdirSync(join(checkout, directory, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(tsx?|css)$/.test(path) && !/\.(test|contract)\.tsx?$/.test(path))
    .sort();
  return [...own, ...sources.map((path) => `src/${path}`)].map((path) => `${directory}/${path}`);
}
