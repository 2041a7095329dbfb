import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const acknowledge: CommandFactory = (context) =>
  new LodgeCommand("acknowledge")
    .summary("Say that a warning is known.")
    .description(
      "Say that a warning is known: it is not listed any more until what it is about is over and comes again.",
    )
    .argument("<warning...>", "their UUIDs")
    .example("lodge warning acknowledge 6f1c2a60-9a3f-4d0e-8b55-0d6c2f1f7a11", "this host has no KVM")
    .action(async (uuids: string[]) => {
      const { warnings } = await context.client();
      for (const uuid of uuids) {
        await warnings.update(uuid, { status: "acknowledged" });
        context.say(`Acknowledged ${uuid}`);
      }
    });

export default acknowledge;
