/** What every script needs before the project's own programs can run. */
import { installDependencies } from "./dependencies.mjs";
import { installHostPackages } from "./install-packages.mjs";
import { detectSystem } from "./os.mjs";
import { installProjectNode } from "./project-node.mjs";

/**
 * Host packages, the project's Node and the npm packages: whatever of them is missing.
 * @returns {Promise<{ packages: string[], checkoutChanged: boolean }>} What was installed now.
 */
export async function prepare() {
  const packages = await installHostPackages(detectSystem());
  const checkoutChanged = await prepareCheckout();
  return { packages, checkoutChanged };
}

/** The part that needs no root. */
export async function prepareCheckout() {
  const node = await installProjectNode();
  const dependencies = await installDependencies();
  return node || dependencies;
}
