/** `npm run check`: types, format, lint with the layer rules, dead code. Runs all of them and fails if one does. */
import { dirname, join } from "node:path";
import { runScript, SetupFailure } from "./setup/failure.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepareCheckout } from "./setup/prepare.mjs";
import { attempt } from "./setup/run.mjs";
import { say, step } from "./setup/step.mjs";

/** @type {readonly { name: string, program: string, args: readonly string[] }[]} */
const checks = [
  { name: "types (tsc)", program: "tsc", args: ["-b"] },
  { name: "format (biome)", program: "biome", args: ["check", "--error-on-warnings", "."] },
  { name: "lint and layers (oxlint)", program: "oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "dead code (knip)", program: "knip", args: [] },
];

await runScript(async () => {
  await prepareCheckout();
  const failed = [];
  for (const check of checks) {
    try {
      await step(check.name, () => runCheck(check));
    } catch (error) {
      say(String(error instanceof Error ? error.message : error));
      failed.push(check.name);
    }
  }
  if (failed.length > 0) throw new SetupFailure(`Failed: ${failed.join(", ")}.`);
});

/** @param {{ program: string, args: readonly string[] }} check */
async function runCheck({ program, args }) {
  const { status, lines } = await attempt(join(checkout, "node_modules", ".bin", program), args, {
    cwd: checkout,
    env: { ...process.env, PATH: `${dirname(projectNode)}:${process.env["PATH"] ?? ""}` },
    timeout: 10 * 60_000,
  });
  if (status !== 0) throw new SetupFailure(lines.join("\n"));
}
