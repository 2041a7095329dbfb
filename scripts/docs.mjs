/** `npm run docs`: writes the reference pages that follow from the code. */
import { join } from "node:path";
import { runScript } from "./setup/failure.mjs";
import { checkout, projectNode } from "./setup/places.mjs";
import { prepareCheckout } from "./setup/prepare.mjs";
import { runAttached } from "./setup/run.mjs";

await runScript(async () => {
  await prepareCheckout();
  const write = join(checkout, "scripts", "docs", "write.mjs");
  process.exitCode = await runAttached(projectNode, ["--conditions=@lodge/source", write], {
    cwd: checkout,
    timeout: 60_000,
  });
});
