/** Compiles the packages and bundles the daemon when their sources changed, and notes of which sources the result was made. */
import { createHash } from "node:crypto";
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asCheckoutOwner } from "./owner.mjs";
import { buildIdFile, checkout, cliMain, daemonMain, projectNode } from "./places.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/** Brings `dist` up to date and returns the build's id. */
export async function build() {
  const id = sourceId();
  const made = existsSync(daemonMain) && existsSync(cliMain);
  if (made && builtId() === id) {
    await step("Build", async () => "up to date");
    return id;
  }
  await step("Build", async () => {
    const { as, env } = asCheckoutOwner();
    const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
    const bundler = join(checkout, "scripts", "setup", "bundle.mjs");
    for (const args of [[compiler, "-b", "packages/daemon", "packages/cli"], [bundler]])
      await run(projectNode, args, { cwd: checkout, env, ...(as && { as }), timeout: 10 * 60_000 });
    // Sources that changed while the compiler ran are built by the next run: the id was taken before.
    writeFileSync(buildIdFile, `${id}\n`);
    if (as) chownSync(buildIdFile, as.uid, as.gid);
    return `made ${id}`;
  });
  return id;
}

function builtId() {
  return existsSync(buildIdFile) ? readFileSync(buildIdFile, "utf8").trim() : undefined;
}

/** Short hash of all that the build depends on. */
export function sourceId() {
  const hash = createHash("sha256");
  const ours = ["package-lock.json", "tsconfig.base.json", "scripts/setup/bundle.mjs"];
  for (const file of [...ours, ...packageSources()]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(checkout, file)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

function packageSources() {
  /** @type {string[]} */
  const files = [];
  for (const name of readdirSync(join(checkout, "packages")).sort()) {
    const directory = `packages/${name}`;
    if (!existsSync(join(checkout, directory, "tsconfig.json"))) continue;
    const sources = readdirSync(join(checkout, directory, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !/\.(test|contract)\.ts$/.test(path))
      .sort();
    files.push(
      `${directory}/package.json`,
      `${directory}/tsconfig.json`,
      ...sources.map((path) => `${directory}/src/${path}`),
    );
  }
  return files;
}
