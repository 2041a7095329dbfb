/** Programs by argument list, each with a time bound and a reader for what it prints. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SetupFailure } from "./failure.mjs";

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {{ uid: number, gid: number }} [as] Run as this user.
 * @property {number} [timeout] Milliseconds; default 30,000.
 * @property {(line: string) => void} [onLine] Called for every line of its output.
 * @property {string} [input]
 */

/**
 * Runs a program to its end.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ status: number, stdout: string, lines: string[] }>} `lines`: both streams, as they came.
 *   A program that is missing has status 127; one that a signal or the time bound ended, 128.
 */
export async function attempt(file, args, options = {}) {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    ...options.as,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    timeout: options.timeout ?? 30_000,
    killSignal: "SIGKILL",
  });
  /** @type {string[]} */
  const lines = [];
  let stdout = "";
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      options.onLine?.(line);
      if (stream === child.stdout) stdout += `${line}\n`;
    });
  }
  child.stdin?.on("error", () => {}).end(options.input);
  try {
    const [status, signal] = await once(child, "close");
    if (signal) lines.push(`ended by ${signal}`);
    return { status: status ?? 128, stdout, lines };
  } catch (error) {
    return { status: 127, stdout, lines: [String(error)] };
  }
}

/**
 * Runs a program that must succeed and returns its standard output.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export async function run(file, args, options) {
  const { status, stdout, lines } = await attempt(file, args, options);
  if (status === 0) return stdout;
  throw new SetupFailure(
    `${[file, ...args].join(" ")}\nfailed with status ${status}:\n  ${excerpt(lines).join("\n  ")}`,
  );
}

/** @param {readonly string[]} lines Some programs say what is wrong first, others last. */
function excerpt(lines) {
  return lines.length <= 30 ? lines : [...lines.slice(0, 14), "…", ...lines.slice(-14)];
}

/**
 * Runs a program on this script's own terminal and returns its exit status.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeout: number }} options
 */
export async function runAttached(file, args, options) {
  const child = spawn(file, args, { ...options, stdio: "inherit" });
  // The terminal sends Ctrl-C to both; the child decides what it means and this script reports how it ended.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  try {
    const [status] = await once(child, "close");
    return Number(status ?? 128);
  } finally {
    process.off("SIGINT", ignore);
  }
}
