/**
 * `npm run bench`: measures Lodge beside its peers. Arguments go to bench/main.ts (`npm run bench -- --scenario vm --quick`).
 * `npm run bench:peers` is `bench.mjs peers`: fetches those peers that Debian has.
 */
import { dirname, join } from "node:path";
import { build } from "./setup/build.mjs";
import { runScript } from "./setup/failure.mjs";
import { benchPackages } from "./setup/host-packages.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { runAttached } from "./setup/run.mjs";

await runScript(async () => {
  if (!(await asRoot())) return;
  await prepare(benchPackages);
  const [first, ...rest] = process.argv.slice(2);
  const program = first === "peers" ? ["peers", "fetch.ts"] : ["main.ts"];
  if (first !== "peers") await build();
  const args = ["--conditions=@lodge/source", join(checkout, "bench", ...program)];
  process.exitCode = await runAttached(projectNode, [...args, ...(first === "peers" ? rest : process.argv.slice(2))], {
    cwd: checkout,
    env: { ...process.env, PATH: `${dirname(projectNode)}:${process.env["PATH"] ?? ""}` },
    timeout: 4 * 60 * 60_000,
  });
});
