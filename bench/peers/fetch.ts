/**
 * `npm run bench:peers`: fetches the packages of the peers and unpacks them into a directory of their own. They are not installed: no
 * service is started, no user made, nothing of the host's changes. A bench lays them over the host's files in a mount namespace.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { peerPackages, peersDirectory, peersRoot } from "./places.ts";

const archives = join(peersDirectory, "archives");
/** Milliseconds for each program. */
const timeout = 15 * 60_000;

await rm(archives, { recursive: true, force: true });
// apt downloads into the second and moves what is whole to the first.
await mkdir(join(archives, "partial"), { recursive: true });
say(`Fetching ${peerPackages.join(", ")}`);
const options = ["--download-only", "--no-install-recommends", "--yes", "-o", `Dir::Cache::archives=${archives}`];
await mustRun("apt-get", ["install", ...options, ...peerPackages], { timeout, env: { LC_ALL: "C.UTF-8" } });
const unpacked = `${peersRoot}.new`;
await rm(unpacked, { recursive: true, force: true });
await mkdir(unpacked, { recursive: true });
for (const name of (await readdir(archives)).filter((each) => each.endsWith(".deb")).sort()) {
  say(`  ${name}`);
  await mustRun("dpkg-deb", ["--extract", join(archives, name), unpacked], { timeout });
}
// A directory /bin would hide the host's link to /usr/bin.
for (const name of ["bin", "sbin", "lib", "lib64"].filter((each) => existsSync(join(unpacked, each)))) {
  await mustRun("cp", ["--archive", join(unpacked, name, "."), join(unpacked, "usr", name)]);
  await rm(join(unpacked, name), { recursive: true });
}
await rm(peersRoot, { recursive: true, force: true });
await rename(unpacked, peersRoot);
await rm(archives, { recursive: true });
say(`Unpacked into ${peersRoot}; remove ${peersDirectory} to be rid of them.`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
