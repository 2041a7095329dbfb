/** Work inside an image's root file system: packages and a definition's layer. */
import { copyFile, mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Layer } from "./definition.ts";
import { runIsolated } from "./isolated.ts";
import { emptyDirectory, layTree, placeFile, removeMatching } from "./tree.ts";

const timeout = 1_200_000;

/** Lets programs in the root resolve names as the host does and keeps packages from starting services. */
export async function openRoot(root: string): Promise<void> {
  await placeFile(root, "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
  await placeFile(root, "/etc/resolv.conf", await readFile("/etc/resolv.conf", "utf8").catch(() => ""), 0o644);
  await mkdir(join(root, "proc"), { recursive: true });
}

/** Installs more packages by the root's own apt. */
export async function installPackages(
  root: string,
  packages: readonly string[],
  progress: (step: string, fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (packages.length === 0) return;
  let total = 0;
  let done = 0;
  const options = ["--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"];
  await runIsolated("apt-get", [...options, "install", ...packages], {
    step: "Installing packages",
    signal,
    root,
    timeout,
    onLine: (line) => {
      total ||= Number(/, (\d+) newly installed/.exec(line)?.[1] ?? 0);
      const installed = /^(Unpacking|Setting up) ([^ ]+)/.exec(line);
      // Every package gives two lines.
      if (installed) progress(`${installed[1]} ${installed[2]}`, ++done / Math.max(2 * total, done));
    },
  });
}

/** Trees, files, commands and services of a layer. Its packages are there already. */
export async function applyLayer(
  root: string,
  layer: Layer,
  definitionsDirectory: string,
  signal: AbortSignal,
): Promise<void> {
  for (const tree of layer.trees) await layTree(join(definitionsDirectory, tree), root);
  for (const file of layer.files) await placeFile(root, file.path, file.content, Number.parseInt(file.mode, 8));
  for (const command of layer.commands) {
    if (typeof command === "string") {
      await runIsolated("/bin/sh", ["-ec", command], { step: `The command \`${command}\``, signal, root, timeout });
    } else {
      await runScript(root, join(definitionsDirectory, command.script), command.arguments, signal);
    }
  }
  const { enable, disable, mask } = layer.services;
  for (const [verb, units] of Object.entries({ enable, disable, mask })) {
    if (units.length === 0) continue;
    await runIsolated("systemctl", [verb, ...units], { step: `systemctl ${verb}`, signal, root, timeout });
  }
}

async function runScript(root: string, source: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const script = "/.lodge-script";
  await copyFile(source, join(root, script));
  try {
    await runIsolated("/bin/sh", [script, ...args], { step: `The script ${source}`, signal, root, timeout });
  } finally {
    await rm(join(root, script), { force: true });
  }
}

/** What every machine makes for itself is taken away, as are the traces of the build. */
export async function closeRoot(root: string): Promise<void> {
  for (const path of leftovers) await rm(join(root, path), { force: true });
  for (const path of emptied) await emptyDirectory(join(root, path));
  await removeMatching(join(root, "etc/ssh"), /^ssh_host_.*_key/);
  await removeMatching(join(root, "var/log"), /\.log$/);
  const has = (path: string) => exists(join(root, path));
  if (!(await has("etc/hosts"))) await placeFile(root, "/etc/hosts", hosts, 0o644);
  if (!(await has("usr/bin/systemctl")) && !(await has("bin/systemctl"))) return;
  // Empty, not missing: the next boot makes one and is still no "first boot" that resets units to their presets.
  await placeFile(root, "/etc/machine-id", "", 0o444);
  if (await has("lib/systemd/systemd-resolved")) {
    await symlink("../run/systemd/resolve/stub-resolv.conf", join(root, "etc/resolv.conf"));
  }
}

const leftovers = [
  "usr/sbin/policy-rc.d",
  "etc/apt/apt.conf.d/99mmdebstrap",
  "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
  "etc/resolv.conf",
  "etc/hostname",
  "etc/.pwd.lock",
  "var/lib/dbus/machine-id",
  "var/lib/systemd/random-seed",
];
const emptied = ["dev", "proc", "run", "tmp", "var/tmp", "var/cache/apt", "var/lib/apt/lists", "var/log/apt"];
const hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
