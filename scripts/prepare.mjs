/** Host packages, the project's Node and the npm packages, and nothing started: for CI and developers. */
import { runScript } from "./setup/failure.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";

await runScript(async () => {
  if (await asRoot()) await prepare();
});
