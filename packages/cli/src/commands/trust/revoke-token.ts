import { LodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const revokeToken: CommandFactory = (context) =>
  new LodgeCommand("revoke-token")
    .description("Make the tokens of a client worthless.")
    .argument("<client>", "the name that they were issued for")
    .example("lodge config trust revoke-token laptop", "those that are still unused")
    .action(async (name: string) => {
      const { certificates } = await context.client();
      const tokens = (await certificates.tokens()).filter((token) => token.name === name);
      if (tokens.length === 0) {
        throw new LodgeError({
          code: "certificate_not_found",
          message: `There is no unused token for ${name}; \`lodge config trust list-tokens\` shows those that there are.`,
        });
      }
      for (const token of tokens) await certificates.revokeToken(token);
      context.say(`Revoked ${tokens.length === 1 ? "the token" : `${tokens.length} tokens`} for ${name}`);
    });

export default revokeToken;
