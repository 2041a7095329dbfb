/** What Lodge and LXD have in common: the API. Lodge's client speaks to both. */
import { text } from "node:stream/consumers";
import type { InstanceType } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import type { Peer } from "../scenario.ts";

export type PoolDriver = "dir" | "btrfs";

export interface RestSystem extends Peer {
  readonly client: LodgeClient;
  /** Its unix socket. */
  readonly socket: string;
  /** Imports one of Lodge's images, once. Returns its alias. */
  image(name: string, type: InstanceType): Promise<string>;
  /** A pool on this driver: its name. Throws Unavailable. */
  pool(driver: PoolDriver): Promise<string>;
  /** Gives the instances' network room for thousands. */
  makeRoom(): Promise<void>;
  /** Makes an instance and starts it; resolves when the daemon says that this is done. */
  launch(name: string, image: string, type: InstanceType): Promise<void>;
  /** Resolves when commands can be run in a started instance. */
  ready(name: string): Promise<void>;
}

/** Runs a command in an instance, which must succeed, and returns what it printed. */
export async function runIn({ client }: RestSystem, name: string, ...command: readonly string[]): Promise<string> {
  const session = await client.instances.exec(name, { command });
  session.stdin.end();
  const [output, status] = await Promise.all([text(session.stdout), session.exit]);
  if (status !== 0) throw new Error(`${command.join(" ")} in ${name}: status ${status}`);
  return output;
}

/** What a first command in an instance answers. */
export async function reply(system: RestSystem, name: string): Promise<string> {
  const answer = await runIn(system, name, "echo", "here");
  if (answer !== "here\n") throw new Error(`echo in ${name} answered ${answer}`);
  return answer;
}

/** The same of a command at a terminal. */
export async function replyAtTerminal({ client }: RestSystem, name: string): Promise<void> {
  const terminal = { columns: 80, rows: 24 };
  const session = await client.instances.exec(name, { command: ["echo", "here"], terminal });
  const [output, status] = await Promise.all([text(session.stdout), session.exit]);
  if (status !== 0 || output.trim() !== "here") throw new Error(`echo at a terminal of ${name} answered ${output}`);
}

export async function stop({ client }: RestSystem, name: string): Promise<void> {
  await (await client.instances.setState(name, "stop", { force: true })).wait();
}

/** Deletes an instance that may run. */
export async function remove(system: RestSystem, name: string): Promise<void> {
  const { status } = await system.client.instances.get(name);
  if (status !== "Stopped") await stop(system, name);
  await (await system.client.instances.delete(name)).wait();
}
