import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("remove")
    .summary("Do not trust clients any more.")
    .description("Do not trust clients any more. What they have open, a shell or a console, is closed.")
    .argument("<fingerprint...>", "or beginnings of them")
    .example("lodge config trust remove e98f08d33b4f", "as `lodge config trust list` prints it")
    .action(async (fingerprints: string[]) => {
      const { certificates } = await context.client();
      for (const fingerprint of fingerprints) {
        const { name } = await certificates.get(fingerprint);
        await certificates.remove(fingerprint);
        context.say(`Trusting ${name} no more`);
      }
    });

export default remove;
