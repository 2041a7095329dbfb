import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const cancel: CommandFactory = (context) =>
  new LodgeCommand("cancel")
    .summary("Cancel an operation.")
    .description("Cancel an operation; what it had done is undone.")
    .argument("<operation>", "its id")
    .example("lodge operation cancel 6f1c2a60-9a3f-4d0e-8b55-0d6c2f1f7a11", "for instance a build that takes too long")
    .action(async (id: string) => {
      const { operations } = await context.client();
      await (await operations.follow(id)).cancel();
      context.say(`Cancelling ${id}`);
    });

export default cancel;
