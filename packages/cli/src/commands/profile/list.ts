import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "DESCRIPTION", "USED BY"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List profiles.")
    .addOption(formatOption())
    .example("lodge profile list", "all profiles")
    .action(async ({ format }: { format: ListFormat }) => {
      const { profiles } = await context.client();
      const values = await profiles.list();
      const rows = values.map((profile) => [profile.name, profile.description, String(profile.used_by.length)]);
      await printList(context, format, { values, headings, rows, empty: "There are no profiles." });
    });

export default list;
