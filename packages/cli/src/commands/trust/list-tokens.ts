import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const listTokens: CommandFactory = (context) =>
  new LodgeCommand("list-tokens")
    .description("List the tokens that nobody has used yet.")
    .addOption(formatOption())
    .example("lodge config trust list-tokens", "whose they are, and until when they may be used")
    .example("lodge config trust list-tokens -f json | jq -r '.[].token'", "the tokens themselves")
    .action(async ({ format }: { format: ListFormat }) => {
      const values = await (await context.client()).certificates.tokens();
      const rows = values.map(({ name, expiresAt }) => [name, expiresAt.startsWith("0001") ? "never" : expiresAt]);
      return printList(context, format, { values, headings: ["NAME", "EXPIRES"], rows, empty: "There are no tokens." });
    });

export default listTokens;
