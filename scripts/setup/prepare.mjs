/** What every script needs before the project's own programs can run. */
import { installDependencies } from "./dependencies.mjs";
import { installHostPackages } from "./install-packages.mjs";
import { detectSystem } from "./os.mjs";
import { installProjectNode } from "./project-node.mjs";

/**
 * Host packages, the project's Node and the npm packages: whatever of them is missing.
 * @param {readonly import("./host-packages.mjs").HostPackage[]} [more] Host packages beside what Lodge needs.
 * @returns {Promise<{ packages: string[], checkoutChanged: boolean }>} What was installed now.
 */
export async function prepare(more = []) {
  const packages = await installHostPackages(detectSystem(), more);
  const checkoutChanged = await prepareCheckout();
  return { packages, checkoutChanged };
}

/** The part that needs no root. */
export async function prepareCheckout() {
  const node = await installProjectNode();
  const dependencies = await installDependencies();
  return node || dependencies;
}
