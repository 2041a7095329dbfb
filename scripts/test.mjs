/**
 * `npm test`: sets up what the tests need, runs the layers in order and closes with `N passed, N failed, N skipped`.
 * Arguments go to vitest (`npm test -- --project guests`, `npm test -- packages/core`).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "./setup/build.mjs";
import { runScript, SetupFailure } from "./setup/failure.mjs";
import { testPackages } from "./setup/host-packages.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { runAttached } from "./setup/run.mjs";
import { say } from "./setup/step.mjs";
import { clearScreens, screensFolder, screensPage } from "./test/screens.mjs";
import { summarise } from "./test/summary.mjs";

/** All layers but those that take long; what lands has passed `long`, too. `guests` and `nested` take minutes a test. */
const long = Boolean(process.env["LODGE_TEST_LONG"]);
const layers = ["unit", "contract", "system", "e2e", "console", ...(long ? ["long"] : [])];
const everyDay = layers.map((layer) => `--project=${layer}`);

await runScript(async () => {
  if (!(await asRoot())) return;
  await prepare(testPackages);
  await build();
  const scratch = mkdtempSync(join(tmpdir(), "lodge-results-"));
  try {
    const args = process.argv.slice(2);
    await runTests(join(scratch, "results.json"), args.length > 0 ? args : everyDay, args.length > 0 ? [] : mustRun());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/**
 * Tests whose skip is a failure, of the layers that are run.
 * @returns {string[]}
 */
function mustRun() {
  /** @type {string[]} */
  const all = JSON.parse(readFileSync(join(checkout, "test", "must-run.json"), "utf8"));
  return long ? all : all.filter((entry) => !entry.startsWith("test/long/"));
}

/**
 * @param {string} results
 * @param {readonly string[]} args
 * @param {readonly string[]} required
 */
async function runTests(results, args, required) {
  const env = {
    ...process.env,
    PATH: `${dirname(projectNode)}:${process.env["PATH"] ?? ""}`,
    LODGE_TEST_RESULTS: results,
    LODGE_TEST_PICTURES: screensFolder,
  };
  clearScreens();
  const vitest = join(checkout, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=./scripts/test/results-reporter.mjs"];
  const status = await runAttached(projectNode, [vitest, "run", ...reporters, ...args], {
    cwd: checkout,
    env,
    timeout: 60 * 60_000,
  });
  // Whatever an interrupted test left on the host: daemons, instances, namespaces.
  const sweep = join(checkout, "test", "harness", "sweep.ts");
  await runAttached(projectNode, ["--conditions=@lodge/source", sweep], { cwd: checkout, env, timeout: 5 * 60_000 });
  if (!existsSync(results))
    throw new SetupFailure(`vitest ended with status ${status} before it could say how the tests went.`);
  const page = screensPage();
  if (page) say(`Screens that guests showed: ${page}`);
  const summary = summarise(JSON.parse(readFileSync(results, "utf8")), required);
  for (const line of summary.lines) say(line);
  process.exitCode = summary.ok && status === 0 ? 0 : status || 1;
}
