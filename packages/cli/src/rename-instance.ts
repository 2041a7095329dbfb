import type { LodgeClient } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";

export async function renameInstance(
  context: Context,
  { instances }: Pick<LodgeClient, "instances">,
  instance: string,
  name: string,
): Promise<void> {
  await follow(context, await instances.rename(instance, name), `Renaming ${instance}`);
  context.say(`Renamed ${instance} to ${name}`);
}
