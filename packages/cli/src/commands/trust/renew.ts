import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const renew: CommandFactory = (context) =>
  new LodgeCommand("renew")
    .summary("Give the server a new certificate.")
    .description(
      "Give the server a new certificate and print its fingerprint. Clients know the old one: each has to remove its remote and add it again.",
    )
    .example("lodge config trust renew", "when others may have the key, or the certificate is about to expire")
    .action(async () => context.print((await (await context.client()).certificates.renewServer()).fingerprint));

export default renew;
