/** The images that set-up builds. */
import { dirname } from "node:path";
import { SetupFailure } from "../setup/failure.mjs";
import { cliMain, lodgeDir, projectNode } from "../setup/places.mjs";
import { runAttached } from "../setup/run.mjs";
import { say, step } from "../setup/step.mjs";
import { read } from "./api.mjs";

const aliases = ["tiny", "debian/12"];
const types = ["container", "virtual-machine"];

/** Builds those that are missing, with the progress that `lodge image build` shows. */
export async function ensureImages() {
  /** @type {{ name: string, type: string }[]} */
  const present = (await read("/1.0/images/aliases?recursion=1")) ?? [];
  for (const name of aliases) {
    if (types.every((type) => present.some((alias) => alias.name === name && alias.type === type))) {
      await step(`Image ${name}`, async () => "there");
      continue;
    }
    say(`Building image ${name} (container and virtual machine)`);
    await lodge(["image", "build", name], 30 * 60_000);
    await step(`Image ${name}`, async () => "built");
  }
}

/**
 * Runs the CLI on this terminal; it must succeed.
 * @param {readonly string[]} args
 * @param {number} timeout Milliseconds.
 */
export async function lodge(args, timeout) {
  const env = { ...process.env, LODGE_DIR: lodgeDir, PATH: `${dirname(projectNode)}:${process.env["PATH"] ?? ""}` };
  const status = await runAttached(projectNode, [cliMain, ...args], { env, timeout });
  if (status !== 0) throw new SetupFailure(`\`lodge ${args.join(" ")}\` ended with status ${status}.`);
}
