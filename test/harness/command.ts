import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds; default two minutes. */
  readonly timeout?: number;
}

export interface CommandResult {
  /** Exit status; 128 when a signal or the time bound ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a failure is a result, too. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(file, args, {
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeout ?? 120_000,
    killSignal: "SIGKILL",
  });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on("error", () => {}).end(options.input ?? "");
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const begun = Date.now();
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  // Said where a failed test shows it: the status alone looks like the command's own.
  if (status === null) stderr.push(Buffer.from(`\n(ended by ${signal} after ${Date.now() - begun} ms)\n`));
  return {
    status: status ?? 128,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** Runs a program that must succeed and returns its standard output without the last newline. */
export async function mustRun(file: string, args: readonly string[], options?: CommandOptions): Promise<string> {
  const { status, stdout, stderr } = await runCommand(file, args, options);
  if (status !== 0) throw new Error(`${[file, ...args].join(" ")}: status ${status}\n${stderr}${stdout}`);
  return stdout.replace(/\n$/, "");
}
