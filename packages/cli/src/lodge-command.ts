import { Command } from "commander";
import type { Context } from "./context.ts";

export interface Example {
  readonly line: string;
  readonly meaning: string;
}

/** A commander command with examples. */
export class LodgeCommand extends Command {
  readonly examples: Example[] = [];
  /** Its words name several servers, and it reads itself which. */
  readsRemotes = false;
  /** These are other words for the command of this name. */
  aliasOf: string | undefined;

  override createCommand(name?: string): LodgeCommand {
    return new LodgeCommand(name);
  }

  betweenServers(): this {
    this.readsRemotes = true;
    return this;
  }

  /** A line as it is typed, and what it does. Shown in the help and in the reference. */
  example(line: string, meaning: string): this {
    this.examples.push({ line, meaning });
    return this;
  }
}

/** What a file of commands/ exports. */
export type CommandFactory = (context: Context) => LodgeCommand;

/** Collects the values of an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
