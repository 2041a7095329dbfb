/** Runs build programs so that ending one ends all that it started and undoes all that it mounted. */
import { createInterface } from "node:readline";
import { execa } from "execa";
import { toolError } from "../../../system/run.ts";
import { buildFailure } from "./build-failure.ts";

export interface IsolatedOptions {
  /** What is being done, for errors. */
  readonly step: string;
  readonly signal: AbortSignal;
  /** Run in this root file system instead of the host's. */
  readonly root?: string;
  readonly input?: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Each line that the program prints. */
  readonly onLine?: (line: string) => void;
}

const keptLines = 20;
/** Nothing else of the daemon's environment reaches a build. */
const passedOn = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR"];

/**
 * Runs a program as the first process of its own pid and mount namespace: when it is killed, so is everything below it.
 * Returns when all of it is gone.
 */
export async function runIsolated(file: string, args: readonly string[], options: IsolatedOptions): Promise<void> {
  options.signal.throwIfAborted();
  const namespace = ["--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"];
  const inside = options.root === undefined ? [] : [`--root=${options.root}`, "--wd=/"];
  // Ends with the daemon, too, however that ends.
  const child = execa("setpriv", ["--pdeathsig=KILL", "unshare", ...namespace, ...inside, "--", file, ...args], {
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    all: true,
    buffer: false,
    reject: false,
    timeout: options.timeout,
    cancelSignal: options.signal,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: buildEnvironment(process.env),
  });
  const lastLines: string[] = [];
  const lines = createInterface({ input: child.all });
  lines.on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    options.onLine?.(line);
  });
  const result = await child;
  options.signal.throwIfAborted();
  if (!result.failed) return;
  if (result.code === "ENOENT") throw toolError("setpriv", [], result, "image_build_failed");
  if (result.timedOut) lastLines.push(`It took longer than ${options.timeout / 1000} s and was ended.`);
  throw missingProgram(file, lastLines) ?? buildFailure(options.step, lastLines, result);
}

export function buildEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const kept = passedOn.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return {
    ...Object.fromEntries(kept),
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
    DEBCONF_NONINTERACTIVE_SEEN: "true",
  };
}

/** unshare says so itself when the program is not there. */
function missingProgram(file: string, lastLines: readonly string[]) {
  const missing = lastLines.some((line) => line.startsWith(`unshare: failed to execute ${file}: No such file`));
  return missing ? toolError(file, [], { code: "ENOENT" }, "host_tool_missing") : undefined;
}
