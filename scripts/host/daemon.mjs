/** Starts, restarts and stops lodged: as a systemd unit where systemd runs, else as a detached process. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SetupFailure } from "../setup/failure.mjs";
import { buildIdFile, cliMain, daemonLog, daemonMain, lodgeDir, pidFile, projectNode } from "../setup/places.mjs";
import { attempt, run } from "../setup/run.mjs";
import { step } from "../setup/step.mjs";
import { read } from "./api.mjs";
import { record } from "./record.mjs";
import { shutdownUnitName, shutdownUnitText, unitName, unitText } from "./unit.mjs";

const unit = unitName(lodgeDir);
const shutdownUnit = shutdownUnitName(lodgeDir);
const units = "/etc/systemd/system";
const unitFile = `${units}/${unit}`;
const passedOn = [
  "LODGE_UPLINK",
  "LODGE_ALLOW_RAW",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];

/** Leaves a running daemon of this build alone; restarts an outdated one; starts a missing one. Returns when it answers. */
export async function ensureDaemon() {
  await step("Daemon lodged", async (status) => {
    const pid = daemonPid();
    const unitChanged = runsSystemd() && writeUnits();
    if (pid && (await read("/1.0")) && !isOutdated(pid) && !unitChanged) return `running (process ${pid})`;
    if (pid) status("stopping the outdated one; instances run on");
    if (pid) await stopDaemon();
    status("starting");
    await startDaemon();
    return `${pid ? "restarted with the new build" : "started"} (process ${daemonPid()})`;
  });
}

/** Whether systemd is the init of this host. */
function runsSystemd() {
  return existsSync("/run/systemd/system");
}

/** Pid of the living daemon of this LODGE_DIR. */
export function daemonPid() {
  const pid = Number(readIfThere(pidFile).trim());
  return pid > 1 && /\/daemon\/(dist\/(lodged|main)\.js|src\/main\.ts)/.test(readIfThere(`/proc/${pid}/cmdline`))
    ? pid
    : undefined;
}

/** @param {number} pid Whether that daemon was started from another checkout or an older build. */
function isOutdated(pid) {
  const otherCheckout = !readIfThere(`/proc/${pid}/cmdline`).split("\0").includes(daemonMain);
  return otherCheckout || !readIfThere(`/proc/${pid}/environ`).split("\0").includes(`LODGE_BUILD_ID=${buildId()}`);
}

function buildId() {
  return readIfThere(buildIdFile).trim();
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Variables that the daemon gets: its directory, the build it is, and how to reach the mirrors. */
function daemonVariables() {
  /** @type {Record<string, string>} */
  const variables = { LODGE_DIR: lodgeDir, LODGE_BUILD_ID: buildId() };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value) variables[name] = value;
  }
  return variables;
}

/** @returns {boolean} Whether the units were not yet, or otherwise, there. */
function writeUnits() {
  const facts = { node: projectNode, directory: lodgeDir };
  const texts = {
    [unit]: unitText({ ...facts, main: daemonMain, environment: daemonVariables() }),
    [shutdownUnit]: shutdownUnitText({ ...facts, cli: cliMain }),
  };
  const changed = Object.entries(texts).filter(([name, text]) => readIfThere(`${units}/${name}`) !== text);
  for (const [name, text] of changed) writeFileSync(`${units}/${name}`, text);
  if (changed.length > 0) record({ units: Object.keys(texts).map((name) => `${units}/${name}`) });
  return changed.length > 0;
}

async function startDaemon() {
  /** @type {() => Promise<string | undefined>} Says why the daemon will not come up any more. */
  let failed;
  if (runsSystemd()) {
    await run("systemctl", ["daemon-reload"]);
    await run("systemctl", ["enable", "--quiet", unit, shutdownUnit]);
    await run("systemctl", ["restart", unit], { timeout: 90_000 });
    // Only what is active is stopped when the host shuts down.
    await run("systemctl", ["start", shutdownUnit], { timeout: 90_000 });
    failed = async () =>
      (await attempt("systemctl", ["is-failed", "--quiet", unit])).status === 0 ? "failed" : undefined;
  } else {
    const daemon = spawnDetached();
    failed = async () => (daemon.exitCode ?? daemon.signalCode)?.toString();
  }
  const deadline = Date.now() + 90_000;
  while (!(await read("/1.0"))) {
    const end = await failed();
    if (end !== undefined || Date.now() > deadline) {
      const why = end === undefined ? "does not answer within 90 s" : `ended at once (${end})`;
      throw new SetupFailure(`lodged ${why}. The end of its log:\n${await lastWords()}`);
    }
    await delay(100);
  }
}

function spawnDetached() {
  mkdirSync(dirname(daemonLog), { recursive: true, mode: 0o711 });
  const log = openSync(daemonLog, "a", 0o600);
  const path = { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8" };
  const daemon = spawn(projectNode, [daemonMain], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...path, ...daemonVariables() },
  });
  daemon.unref();
  return daemon;
}

async function lastWords() {
  if (runsSystemd()) return (await attempt("journalctl", ["-u", unit, "-n", "20", "--no-pager", "-o", "cat"])).stdout;
  return readIfThere(daemonLog).split("\n").slice(-21).join("\n");
}

/** Ends the daemon alone; instances run on. Returns when its process is gone. */
export async function stopDaemon() {
  if (runsSystemd() && existsSync(unitFile)) await run("systemctl", ["stop", unit], { timeout: 90_000 });
  const pid = daemonPid();
  if (!pid) return;
  process.kill(pid, "SIGTERM");
  const deadline = Date.now() + 30_000;
  while (daemonPid() === pid) {
    if (Date.now() > deadline) process.kill(pid, "SIGKILL");
    await delay(50);
  }
}

/**
 * Takes the units away; the daemon is stopped by then.
 * @param {readonly string[]} made Files of units that set-up made.
 */
export async function removeUnits(made) {
  const there = made.filter((file) => existsSync(file));
  if (there.length === 0) return;
  await run("systemctl", ["disable", "--quiet", "--now", ...there.map((file) => basename(file))], { timeout: 90_000 });
  for (const file of there) rmSync(file);
  await run("systemctl", ["daemon-reload"]);
}
