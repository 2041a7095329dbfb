import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../test/harness/until.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, Room } from "../scenario.ts";
import { Sandbox } from "./sandbox.ts";

/** A peer in a sandbox of its own. */
export abstract class SandboxedPeer implements Peer {
  readonly group: ControlGroup;
  readonly sandbox: Sandbox;
  readonly versions: Readonly<Record<string, string>>;

  constructor({ group, sandbox, versions }: Started) {
    this.group = group;
    this.sandbox = sandbox;
    this.versions = versions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
  }
}

export interface Started {
  readonly group: ControlGroup;
  readonly sandbox: Sandbox;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Recipe {
  readonly name: string;
  /** Absolute paths at which the peer keeps its data. */
  readonly data: readonly string[];
  /** Starts and sets up what the peer needs, and says which versions it found. */
  readonly prepare: (sandbox: Sandbox, log: Log) => Promise<Readonly<Record<string, string>>>;
}

/** Where the words of a peer's daemons go. */
export interface Log {
  readonly descriptor: number;
  readonly file: string;
}

/** Opens a sandbox and sets a peer up in it. */
export async function startInSandbox(room: Room, recipe: Recipe): Promise<Started> {
  const group = room.group(recipe.name);
  const directory = join(room.directory, recipe.name);
  mkdirSync(directory);
  const sandbox = await Sandbox.open(group, directory, recipe.data);
  const file = join(directory, "log");
  const descriptor = openSync(file, "a");
  try {
    return { group, sandbox, versions: await recipe.prepare(sandbox, { descriptor, file }) };
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    const words = readFileSync(file, "utf8").trim().split("\n").slice(-3).join(" ");
    throw new Error(`${recipe.name} did not start: ${error instanceof Error ? error.message : String(error)} ${words}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Waits until a command succeeds: a daemon that answers. */
export async function answers(sandbox: Sandbox, file: string, ...args: readonly string[]): Promise<void> {
  await until(`answer to ${file} ${args.join(" ")}`, 30_000, async () => {
    const { status } = await sandbox.run(file, args);
    return status === 0;
  });
}
