/** A terminal in which somebody types lines, with LXD's client and a configuration that belongs to this test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CommandResult, runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { until } from "../harness/until.ts";

/** What is waited for on the screen, and what is typed then. */
export type Dialogue = readonly (readonly [seen: RegExp, typed: string])[];

export interface TerminalOptions {
  readonly lodge: Lodge;
  /** For files that lines name, and what the client keeps; it exists. */
  readonly directory: string;
  /** Whether the daemon is reached by its socket. Otherwise only by remotes. */
  readonly socket: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export class Terminal {
  readonly lodge: Lodge;
  /** Where lines are typed. */
  readonly directory: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor({ lodge, directory, socket, env }: TerminalOptions) {
    this.lodge = lodge;
    this.directory = directory;
    const nowhere = join(directory, "no-socket");
    mkdirSync(nowhere);
    this.#env = { ...env, LXD_DIR: socket ? lodge.directory : nowhere, LXD_CONF: join(directory, "lxc") };
  }

  /** Runs a line of shell to its end, at most one minute, with nothing on its standard input. */
  run(line: string): Promise<CommandResult> {
    const [file, ...args] = this.#inside("timeout", "--kill-after=2", "60", "sh", "-c", line);
    return runCommand(file, args, { env: this.#env, cwd: this.directory, timeout: 70_000 });
  }

  /** Runs a line on a terminal of 80 columns, and answers what it shows. What it showed comes back as its output. */
  async talk(line: string, dialogue: Dialogue): Promise<CommandResult> {
    const [file, ...args] = this.#inside("script", "-qefc", `stty rows 24 columns 80; ${line}`, "/dev/null");
    const child = spawn(file, args, {
      env: { ...process.env, ...this.#env, TERM: "xterm" },
      cwd: this.directory,
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    let shown = "";
    let read = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
    });
    child.stdin.on("error", () => {});
    // With all that it showed.
    let over = false;
    const ended = (once(child, "close") as Promise<[number | null]>).finally(() => {
      over = true;
    });
    for (const [seen, typed] of dialogue) {
      await until(`${seen} on the screen of: ${line}`, 20_000, () => {
        const found = seen.exec(shown.slice(read));
        if (over && !found) throw new Error(`${line} ended before it showed ${seen}:\n${shown}`);
        if (found) read += found.index + found[0].length;
        return found !== null;
      });
      // Some clients look at the first key alone of what they read.
      for (const key of typed) {
        child.stdin.write(key);
        await delay(20);
      }
    }
    const [status] = await ended;
    return { status: status ?? 128, stdout: shown.replaceAll("\r", ""), stderr: "" };
  }

  #inside(...words: string[]): [string, ...string[]] {
    return [...this.lodge.insideHostNetwork, ...words] as [string, ...string[]];
  }
}
