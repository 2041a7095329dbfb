/** Installs the missing host packages with apt. */
import { SetupFailure } from "./failure.mjs";
import { packagesFor } from "./host-packages.mjs";
import { isSupported } from "./os.mjs";
import { attempt } from "./run.mjs";
import { say, step } from "./step.mjs";

/**
 * @param {import("./os.mjs").HostSystem} system
 * @param {readonly import("./host-packages.mjs").HostPackage[]} more Beside what Lodge needs.
 * @returns {Promise<string[]>} The names of those installed now.
 */
export async function installHostPackages(system, more) {
  const needed = [...packagesFor(system), ...packagesFor(system, more)];
  const missing = await missingPackages(needed);
  if (missing.length === 0) {
    await step("Host packages", async () => `all ${needed.length} are installed`);
    return [];
  }
  if (!isSupported(system)) {
    say(`! ${system.name} is not a system that Lodge was made for (Debian 12, 13, Ubuntu 24.04); trying all the same.`);
  }
  say("Host packages to install:");
  for (const entry of missing) say(`    ${entry.name.padEnd(24)} ${entry.why}`);
  const names = missing.map((entry) => entry.name);
  await step("Installing host packages", (status) => aptInstall(names, system, status));
  return names;
}

/** @param {readonly import("./host-packages.mjs").HostPackage[]} packages */
async function missingPackages(packages) {
  const names = packages.map((entry) => entry.name);
  // Fails when one is unknown, and still prints the others.
  const { status, stdout, lines } = await attempt("dpkg-query", [
    "-W",
    "-f",
    "${Package} ${db:Status-Status}\\n",
    ...names,
  ]);
  if (status === 127) {
    throw new SetupFailure(
      `This system has no dpkg. Lodge's set-up is for Debian 12, 13 and Ubuntu 24.04. (${lines.join(" ")})`,
    );
  }
  const installed = new Set(
    stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((entry) => !installed.has(entry.name));
}

/**
 * @param {readonly string[]} names
 * @param {import("./os.mjs").HostSystem} system
 * @param {import("./step.mjs").Status} status
 */
async function aptInstall(names, system, status) {
  const install = () => apt(["install", "--yes", "--no-install-recommends", ...names], status);
  // The package lists may be there and fresh; only when apt does not find what it should are they fetched.
  const first = await install();
  if (first.status === 0) return names.join(" ");
  const update = await apt(["update"], status);
  const second = await install();
  if (second.status === 0) return names.join(" ");
  const hint =
    system.id === "ubuntu"
      ? "Some of these are in Ubuntu's `universe`: enable it with `add-apt-repository universe` and try again."
      : "Check the package sources in /etc/apt and the network, and try again.";
  const words = [...update.lines.filter((line) => /^[EW]:/.test(line)), ...second.lines.slice(-15)].join("\n  ");
  throw new SetupFailure(`apt-get could not install ${names.join(" ")}:\n  ${words}\n${hint}`);
}

/**
 * @param {readonly string[]} args
 * @param {import("./step.mjs").Status} onLine
 */
function apt(args, onLine) {
  return attempt("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C.UTF-8" },
    timeout: 20 * 60_000,
    onLine,
  });
}
