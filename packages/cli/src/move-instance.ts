/** An instance goes from one server to another: it is copied with its identity, and deleted when that is there. */
import type { Devices, Instance } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";
import type { End } from "./remotes/ends.ts";
import { isTrue } from "./render/boot-fields.ts";
import { type SendOptions, sendInstance } from "./send-instance.ts";

export async function moveInstanceThere(
  context: Context,
  from: End,
  to: End,
  options: SendOptions & { readonly storage?: string },
): Promise<void> {
  const [here, there] = [await context.clientOf(from.remote), await context.clientOf(to.remote, options.targetProject)];
  const instance = await here.instances.get(from.word);
  requireDeletable(instance);
  requireNoBackups("instance_wrong_state", `Instance "${from.word}"`, await here.instances.backups(from.word).list());
  const target = { ...to, word: to.word || from.word };
  const runs = instance.status !== "Stopped" && options.stateless === true;
  if (runs) await follow(context, await here.instances.setState(from.word, "stop"), `Stopping ${from.word}`);
  try {
    const changes = { same: true as const, devices: inPool(instance, options.storage) };
    await sendInstance(context, from, target, options, changes, `Moving ${from.remote}:${from.word}`);
  } catch (error) {
    if (runs) await startAgain(context, here, from.word);
    throw error;
  }
  await follow(context, await here.instances.delete(from.word), `Deleting ${from.remote}:${from.word}`);
  if (runs) await follow(context, await there.instances.setState(target.word, "start"), `Starting ${target.word}`);
  context.say(`Moved ${from.remote}:${from.word} to ${target.remote}:${target.word}`);
}

/** It would be on both servers otherwise. */
function requireDeletable({ name, expanded_config }: Instance): void {
  if (!isTrue(expanded_config["security.protection.delete"])) return;
  throw new LodgeError({
    code: "instance_protected",
    message: `Instance "${name}" is protected (security.protection.delete) and cannot go away from here; copy it.`,
  });
}

/** What is kept of it here would go with it. */
export function requireNoBackups(
  code: "instance_wrong_state" | "volume_in_use",
  what: string,
  [first]: readonly { readonly name: string }[],
): void {
  if (!first) return;
  throw new LodgeError({
    code,
    message: `${what} has backups ("${first.name}"), which do not go along; delete them, or copy it.`,
  });
}

function inPool({ expanded_devices }: Instance, pool: string | undefined): Devices | undefined {
  if (pool === undefined) return undefined;
  const [root] = Object.entries(expanded_devices).filter(([, { type, path }]) => type === "disk" && path === "/");
  return root && { [root[0]]: { ...root[1], pool } };
}

async function startAgain(context: Context, { instances }: LodgeClient, name: string): Promise<void> {
  await follow(context, await instances.setState(name, "start"), `Starting ${name} again`).catch((error: Error) =>
    context.note(`${name} was stopped and could not be started again: ${error.message}`),
  );
}
