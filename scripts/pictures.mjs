/** `npm run docs:pictures`: takes the documentation's pictures of the web console anew, of a real daemon with real instances. */
import { join } from "node:path";
import { build } from "./setup/build.mjs";
import { runScript } from "./setup/failure.mjs";
import { testPackages } from "./setup/host-packages.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { runAttached } from "./setup/run.mjs";

await runScript(async () => {
  if (!(await asRoot())) return;
  await prepare(testPackages);
  await build();
  const script = join(checkout, "test", "console", "take-pictures.ts");
  process.exitCode = await runAttached(projectNode, ["--conditions=@lodge/source", script], {
    cwd: checkout,
    timeout: 10 * 60_000,
  });
});
