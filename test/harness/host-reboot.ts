/**
 * The host of a daemon under test reboots, as far as that daemon can tell: its processes, mounts, namespaces and control groups are
 * gone without a warning, files are as they were, and the boot is another one.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { tagOf } from "../../scripts/setup/places.mjs";
import { mustRun, runCommand } from "./command.ts";
import type { Lodge } from "./lodge.ts";
import { until } from "./until.ts";

/** Returns when the next daemon answers. */
export async function rebootHost(lodge: Lodge): Promise<void> {
  await lodge.endDaemon("SIGKILL");
  const groups = groupsOf(tagOf(lodge.directory));
  await until("the end of all processes", 30_000, () => killAll(groups) === 0);
  for (const group of groups.flatMap(withDescendants).reverse()) rmdirSync(group);
  // The mount namespace goes with the pin, and with it overlays and all other namespaces' pins.
  for (const pin of ["ns/mnt", "ns"]) await mustRun("umount", ["--lazy", join(lodge.directory, pin)]);
  await becomeAnotherBoot(lodge.directory);
  await lodge.startDaemon();
}

/** One on cgroup v2, one in each hierarchy on v1. */
function groupsOf(tag: string): string[] {
  const top = "/sys/fs/cgroup";
  const places = [top, ...readdirSync(top).map((name) => join(top, name))];
  return places.map((place) => join(place, `lodge-${tag}`)).filter((group) => existsSync(group));
}

function withDescendants(group: string): string[] {
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [group, ...below.flatMap(({ name }) => withDescendants(join(group, name)))];
}

/** Returns how many it found; frozen ones are let go, or they would not die. */
function killAll(groups: readonly string[]): number {
  const all = groups.flatMap(withDescendants);
  const pids = new Set(all.flatMap((group) => readFileSync(join(group, "cgroup.procs"), "utf8").match(/\d+/g) ?? []));
  for (const pid of pids) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
  for (const group of all) {
    const freezer = join(group, "freezer.state");
    if (existsSync(freezer)) writeFileSync(freezer, "THAWED");
  }
  return pids.size;
}

/** Everything that was noted in this boot was noted in an earlier one. */
async function becomeAnotherBoot(directory: string): Promise<void> {
  const current = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const earlier = randomUUID();
  const { stdout } = await runCommand("grep", [
    "-rlI",
    "--exclude-dir=pools",
    "--exclude-dir=images",
    current,
    directory,
  ]);
  for (const file of stdout.split("\n").filter((path) => path !== "" && statSync(path).isFile())) {
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(current, earlier));
  }
  const database = new DatabaseSync(join(directory, "lodge.db"));
  database.prepare("update settings set value = ? where value = ?").run(earlier, current);
  database.close();
}
