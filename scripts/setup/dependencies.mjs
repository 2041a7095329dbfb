/** The npm packages of the lockfile. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { npmProgram } from "./npm.mjs";
import { asCheckoutOwner } from "./owner.mjs";
import { checkout, projectNode } from "./places.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/** Which lockfile `node_modules` was made of; gone with it. */
const stamp = join(checkout, "node_modules", ".lodge-lockfile");

/** @returns {Promise<boolean>} Whether they were installed now. */
export async function installDependencies() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(checkout, "package-lock.json")))
    .digest("hex");
  if (installedLockfile() === wanted) {
    await step("npm packages", async () => "as in the lockfile");
    return false;
  }
  await step("npm packages", async (status) => {
    status("npm ci");
    const { as, env } = asCheckoutOwner();
    // With the project's Node: an older one would silently pick older majors of some packages.
    await run(projectNode, [npmProgram(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: checkout,
      env: { ...env, PATH: `${dirname(projectNode)}:${env["PATH"] ?? ""}` },
      ...(as && { as }),
      timeout: 15 * 60_000,
      onLine: status,
    });
    writeFileSync(stamp, `${wanted}\n`);
    return "installed";
  });
  return true;
}

function installedLockfile() {
  try {
    return readFileSync(stamp, "utf8").trim();
  } catch {
    return undefined;
  }
}
