import { volumeSnapshotName } from "@lodge/sdk";
import { parseExpiry } from "../../expiry.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const snapshot: CommandFactory = (context) =>
  new LodgeCommand("snapshot")
    .summary("Keep a volume as it is.")
    .description(
      "Keep a volume as it is. Instances that run with it stand still for that long; virtual machines with a guest agent write out their file systems first.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .argument("[name]", "name of the snapshot; snap0, snap1… when missing")
    .option(
      "--expiry <when>",
      "delete it by itself: after a span (1d, 2w 3H) or at a time (2026-05-06 07:08)",
      (text) => parseExpiry(text, new Date()),
    )
    .example("lodge storage volume snapshot default data", "as snap0")
    .action(async (pool: string, volume: string, name: string | undefined, { expiry }: { expiry?: Date }) => {
      const volumes = (await context.client()).pools.volumes(pool);
      const request = { ...(name && { name }), ...(expiry && { expires_at: expiry.toISOString() }) };
      const operation = await volumes.createSnapshot(volume, request);
      await follow(context, operation, `Creating a snapshot of ${volume}`);
      const made = volumeSnapshotName(operation);
      if (context.globals.quiet) return context.print(made);
      context.say(`Created snapshot ${made} of ${volume}`);
    });

export default snapshot;
