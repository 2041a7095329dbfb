/** `npm run build`: compiles the packages with the project's own Node. */
import { build } from "./setup/build.mjs";
import { runScript } from "./setup/failure.mjs";
import { prepareCheckout } from "./setup/prepare.mjs";

await runScript(async () => {
  await prepareCheckout();
  await build();
});
