import type { Context } from "./context.ts";
import { follow } from "./follow.ts";

export async function renameInstance(context: Context, instance: string, name: string): Promise<void> {
  const { instances } = await context.client();
  await follow(context, await instances.rename(instance, name), `Renaming ${instance}`);
  context.say(`Renamed ${instance} to ${name}`);
}
