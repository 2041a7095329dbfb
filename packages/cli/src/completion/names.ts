import type { Context } from "../context.ts";

/** Names that exist in the daemon, by the name of the argument or option that they are for. */
export async function namesFor(argument: string, context: Context): Promise<string[]> {
  try {
    const client = await context.client();
    switch (argument) {
      case "instance":
        return await client.instances.names();
      case "image":
      case "alias":
        return (await client.images.aliases()).map(({ name }) => name);
      case "network":
        return (await client.networks.list()).map(({ name }) => name);
      case "pool":
        return (await client.pools.list()).map(({ name }) => name);
      case "profile":
        return (await client.profiles.list()).map(({ name }) => name);
      case "operation":
        return (await client.operations.list()).map(({ id }) => id);
      case "key":
      case "settings":
        return await configKeyNames();
      case "path":
        return (await client.instances.names()).map((name) => `${name}/`);
      default:
        return [];
    }
  } catch {
    // Completion has nobody to tell: without a daemon there are no names.
    return [];
  }
}

/** Those that a user may set; `user.*` as `user.`. */
async function configKeyNames(): Promise<string[]> {
  const { instanceConfigKeys } = await import("@lodge/api/config-keys");
  return instanceConfigKeys.filter(({ volatile }) => !volatile).map(({ key }) => key.replace("*", ""));
}
