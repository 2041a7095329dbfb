import type { Config } from "@lodge/api";
import { asLodgeError } from "@lodge/api/errors";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";

/** How often another's change in between is met by reading again. */
const attempts = 3;

/** Changes an instance's own configuration; what others change at the same time is kept. */
export async function changeConfig(
  context: Context,
  instance: string,
  change: (config: Config) => Config,
): Promise<void> {
  const { instances } = await context.client();
  for (let attempt = 1; ; attempt++) {
    const { value, etag } = await instances.getTagged(instance);
    const { architecture, description, devices, profiles, ephemeral } = value;
    const put = { architecture, description, devices, profiles, ephemeral, config: change(value.config) };
    try {
      await follow(context, await instances.update(instance, put, etag), `Changing ${instance}`);
      return;
    } catch (error) {
      if (asLodgeError(error).code !== "etag_mismatch" || attempt === attempts) throw error;
    }
  }
}
