/** Takes a daemon under test down with all that it made, and says what it could not. */
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findRemains } from "../../scripts/host/remains.mjs";
import { runCommand } from "./command.ts";
import { HostNetwork } from "./host-network.ts";
import { checkout, daemonMain } from "./programs.ts";
import { unregister } from "./registration.ts";
import { until } from "./until.ts";

/** Returns one line for each thing that was left on the host after `lodged purge`; those were removed as far as possible. */
export async function takeDown(
  directory: string,
  networkName: string | undefined,
  keepNetwork = false,
): Promise<string[]> {
  const network = networkName === undefined ? undefined : HostNetwork.named(networkName);
  const inside = network?.inside ?? [];
  await killDaemon(directory);
  const failure = existsSync(directory) ? await purge(directory, inside) : [];
  const remains = [...failure, ...(await findRemains(directory, { inside, files: false }))];
  if (!readFileSync("/proc/self/mountinfo", "utf8").includes(` ${directory}/`)) {
    await rm(directory, { recursive: true, force: true });
  }
  if (!keepNetwork) await network?.remove();
  unregister(directory);
  return remains;
}

/** What `npm start` set up is uninstalled: it made more than the daemon did. */
async function purge(directory: string, inside: readonly string[]): Promise<string[]> {
  const isSetUp = existsSync(join(directory, "setup.json"));
  const program = isSetUp ? [join(checkout, "scripts", "uninstall.mjs"), "--yes"] : [daemonMain, "purge"];
  const [file = process.execPath, ...args] = [...inside, process.execPath, ...program];
  const { status, stderr } = await runCommand(file, args, { env: { LODGE_DIR: directory }, timeout: 180_000 });
  return status === 0 ? [] : [`${program.join(" ")} ended with status ${status}: ${stderr.slice(-2000)}`];
}

/** Ends the daemon of this directory, if one lives, without asking it. */
export async function killDaemon(directory: string): Promise<void> {
  const file = join(directory, "lodged.pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (pid <= 1 || !isDaemon(pid)) return;
  process.kill(pid, "SIGKILL");
  await until(`end of lodged ${pid}`, 10_000, () => !isDaemon(pid));
}

function isDaemon(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/daemon/");
  } catch {
    return false;
  }
}
