import { asLodgeError } from "@lodge/api/errors";
import { type InstanceSnapshots, type RunningOperation, snapshotName } from "@lodge/sdk";
import type { Context } from "../../context.ts";
import { parseExpiry } from "../../expiry.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

interface CreateOptions {
  readonly expiry?: Date;
  readonly reuse?: true;
  readonly stateful?: true;
}

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Keep an instance as it is.")
    .description(
      "Keep an instance as it is: its root and its configuration. One that runs goes on running; its file systems stand still for a moment, or all of it with `--stateful`.",
    )
    .argument("<instance>")
    .argument("[name]", "name of the snapshot; snap0, snap1… when missing")
    .option(
      "--expiry <when>",
      "delete it by itself: after a span (1d, 2w 3H) or at a time (2026-05-06 07:08)",
      (text) => parseExpiry(text, new Date()),
    )
    .option("--reuse", "replace a snapshot of that name")
    .option("--stateful", "with memory and devices, of a virtual machine")
    .example("lodge snapshot create web", "web as it is, as snap0")
    .example("lodge snapshot create db --stateful", "db with all that runs in it")
    .example("lodge snapshot create web before-upgrade --expiry 1w", "for a week")
    .action(async (instance: string, name: string | undefined, options: CreateOptions) => {
      const client = await context.client();
      const made = await makeSnapshot(context, instance, client.instances.snapshots(instance), name, options);
      if (context.globals.quiet) return context.print(made);
      context.say(`Created snapshot ${made} of ${instance}`);
    });

async function makeSnapshot(
  context: Context,
  instance: string,
  snapshots: InstanceSnapshots,
  name: string | undefined,
  { expiry, reuse, stateful }: CreateOptions,
): Promise<string> {
  const request = { ...(stateful && { stateful }), ...(expiry && { expires_at: expiry.toISOString() }) };
  const wait = (operation: RunningOperation) => follow(context, operation, `Creating a snapshot of ${instance}`);
  if (!reuse || name === undefined || !(await exists(snapshots, name))) {
    const operation = await snapshots.create({ ...request, ...(name !== undefined && { name }) });
    await wait(operation);
    return snapshotName(operation);
  }
  // The one that is there goes only when the other stands.
  const operation = await snapshots.create(request);
  await wait(operation);
  await wait(await snapshots.delete(name));
  await wait(await snapshots.rename(snapshotName(operation), name));
  return name;
}

async function exists(snapshots: InstanceSnapshots, name: string): Promise<boolean> {
  try {
    await snapshots.get(name);
    return true;
  } catch (error) {
    if (asLodgeError(error).code === "snapshot_not_found") return false;
    throw error;
  }
}

export default create;
