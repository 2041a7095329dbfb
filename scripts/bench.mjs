/**
 * `npm run bench`: measures Lodge beside its peers. Arguments go to bench/main.ts (`npm run bench -- --scenario vm --quick`).
 * `npm run bench:peers` is `bench.mjs peers`: fetches those peers that Debian has. `npm run bench:compare` is `bench.mjs compare`:
 * measures Lodge beside another commit's.
 */
import { dirname, join } from "node:path";
import { build } from "./setup/build.mjs";
import { runScript } from "./setup/failure.mjs";
import { benchPackages } from "./setup/host-packages.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { runAttached } from "./setup/run.mjs";

/** @type {Readonly<Record<string, readonly string[] | undefined>>} */
const programs = { peers: ["peers", "fetch.ts"], compare: ["compare.ts"] };

await runScript(async () => {
  if (!(await asRoot())) return;
  await prepare(benchPackages);
  const words = process.argv.slice(2);
  const named = programs[words[0] ?? ""];
  if (named !== programs["peers"]) await build();
  const args = ["--conditions=@lodge/source", join(checkout, "bench", ...(named ?? ["main.ts"]))];
  process.exitCode = await runAttached(projectNode, [...args, ...(named ? words.slice(1) : words)], {
    cwd: checkout,
    env: { ...process.env, PATH: `${dirname(projectNode)}:${process.env["PATH"] ?? ""}` },
    timeout: 4 * 60 * 60_000,
  });
});
