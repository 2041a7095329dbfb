import { changeInstance } from "./change-instance.ts";
import type { Context } from "./context.ts";

/** Changes which profiles an instance has, and in which order: later ones win. */
export async function changeProfiles(
  context: Context,
  instance: string,
  change: (profiles: readonly string[]) => readonly string[],
): Promise<void> {
  await changeInstance(context, instance, ({ profiles }) => ({ profiles: [...change(profiles)] }));
}
