/**
 * Looks at the host for anything that belongs to one LODGE_DIR. Used after uninstall and by the tests: it asks the
 * kernel, not Lodge.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { tagOf } from "../setup/places.mjs";
import { attempt } from "../setup/run.mjs";

/**
 * @param {string} directory LODGE_DIR
 * @param {{ inside?: readonly string[], files?: boolean }} [options]
 *   `inside`: command prefix that enters the daemon's network namespace (`nsenter --net=…`).
 *   `files`: whether files beneath the directory count, too; default true.
 * @returns {Promise<string[]>} One line for each thing found; empty when nothing is left.
 */
export async function findRemains(directory, { inside = [], files = true } = {}) {
  const tag = tagOf(directory);
  return [
    ...processesOf(directory, tag),
    ...mountsOf(directory),
    ...cgroupsOf(tag),
    ...(await interfacesOf(tag, inside)),
    ...(await tablesOf(tag, inside)),
    ...(files && existsSync(directory)
      ? [`directory ${directory}: ${readdirSync(directory).join(" ") || "empty"}`]
      : []),
  ];
}

function pids() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * Processes whose arguments name the directory, or that are in one of its control groups. The environment does not
 * count: a shell with LODGE_DIR set is no part of Lodge.
 * @param {string} directory
 * @param {string} tag
 */
function processesOf(directory, tag) {
  const parents = ancestors();
  return pids()
    .filter((pid) => !parents.has(pid))
    .map((pid) => ({ pid, command: readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }))
    .filter(
      ({ pid, command }) =>
        mentions(command, directory) || readIfThere(`/proc/${pid}/cgroup`).includes(`/lodge-${tag}/`),
    )
    .map(({ pid, command }) => `process ${pid}: ${command.slice(0, 120)}`);
}

/** Whoever called this script may have named the directory on its command line. */
function ancestors() {
  const found = new Set();
  for (let pid = String(process.ppid); pid !== "0" && pid !== ""; ) {
    found.add(pid);
    pid = /^PPid:\s+(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? "";
  }
  return found;
}

/**
 * Whether a text names this path or one beneath it, and not merely a longer name.
 * @param {string} text
 * @param {string} path
 */
export function mentions(text, path) {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    const next = text[at + path.length];
    if (next === undefined || !/[\w.-]/.test(next)) return true;
  }
  return false;
}

/**
 * Mounts at or from beneath the directory, in every mount namespace that a process is in.
 * @param {string} directory
 */
function mountsOf(directory) {
  const seen = new Set();
  const found = [];
  for (const pid of ["self", ...pids()]) {
    const namespace = linkIfThere(`/proc/${pid}/ns/mnt`);
    if (!namespace || seen.has(namespace)) continue;
    seen.add(namespace);
    for (const line of readIfThere(`/proc/${pid}/mountinfo`).split("\n")) {
      if (mentions(line, directory)) found.push(`mount in ${namespace}: ${line.split(" ").slice(3, 5).join(" on ")}`);
    }
  }
  return found;
}

/** @param {string} file */
function linkIfThere(file) {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

/** @param {string} tag */
function cgroupsOf(tag) {
  const top = "/sys/fs/cgroup";
  const found = [];
  // The group stands at a hierarchy's root, or beneath the unit's own group under systemd.
  for (const directory of directoriesBelow(top, 5)) {
    if (directory.endsWith(`/lodge-${tag}`)) found.push(`cgroup ${directory}`);
  }
  return found;
}

/**
 * @param {string} directory
 * @param {number} depth
 * @returns {Generator<string>}
 */
function* directoriesBelow(directory, depth) {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    yield path;
    if (depth > 1) yield* directoriesBelow(path, depth - 1);
  }
}

/**
 * @param {string} tag
 * @param {readonly string[]} inside
 */
async function interfacesOf(tag, inside) {
  const listing = await runInside(inside, ["ip", "-o", "link", "show"]);
  return listing
    .split("\n")
    .filter((line) => line.includes(tag))
    .map((line) => `interface ${line.split(/[:@]\s*/)[1]}`);
}

/**
 * @param {string} tag
 * @param {readonly string[]} inside
 */
async function tablesOf(tag, inside) {
  const listing = await runInside(inside, ["nft", "list", "tables"]);
  return listing
    .split("\n")
    .filter((line) => line.includes(tag))
    .map((line) => `nft ${line}`);
}

/**
 * @param {readonly string[]} inside
 * @param {readonly string[]} command
 */
async function runInside(inside, command) {
  const [file = "", ...args] = [...inside, ...command];
  return (await attempt(file, args)).stdout;
}
