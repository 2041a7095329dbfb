import type { Config } from "@lodge/api";
import type { Context } from "./context.ts";
import { retryStale } from "./retry-stale.ts";

/** Whether a word in the place of an instance's name is a key of the server's: names have neither of these characters. */
export const isServerKey = (word: string): boolean => /[.=]/.test(word);

/** Changes the server's configuration; what others change at the same time is kept. */
export async function changeServer(context: Context, change: (current: Config) => Config): Promise<void> {
  const { server } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await server.getTagged();
    await server.setConfig(change(value.config), etag);
  });
}

/** As `changeServer`, a project's. */
export async function changeProject(
  context: Context,
  name: string,
  change: (current: Config) => Config,
): Promise<void> {
  const { projects } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await projects.getTagged(name);
    await projects.update(name, { description: value.description, config: change(value.config) }, etag);
  });
}
