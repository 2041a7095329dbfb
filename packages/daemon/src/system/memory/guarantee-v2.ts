import { join } from "node:path";
import { childGroups, ignoreGone, readControl, writeControl } from "../cgroup-tree.ts";

const file = "memory.min";

/** What a group below `base` is guaranteed, in bytes. A group is protected only as far as the one above it: that has what all in it have together. */
export async function guaranteeV2(base: string, id: string, bytes: number): Promise<void> {
  const group = join(base, id);
  if (Number((await readControl(join(group, file))) ?? 0) === bytes) return;
  await writeControl(join(group, file), bytes).catch(ignoreGone);
  await settleGuarantees(base);
}

/** After a group below it has got another guarantee, or is gone. */
export async function settleGuarantees(base: string): Promise<void> {
  const groups = (await childGroups(base)) ?? [];
  const each = await Promise.all(groups.map(async (name) => Number((await readControl(join(base, name, file))) ?? 0)));
  const sum = each.reduce((total, bytes) => total + bytes, 0);
  await writeControl(join(base, file), sum).catch(ignoreGone);
}
