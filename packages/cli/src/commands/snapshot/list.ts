import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { snapshotHeadings, snapshotRow } from "../../render/snapshot-row.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List an instance's snapshots, the oldest first.")
    .argument("<instance>")
    .addOption(formatOption())
    .example("lodge snapshot list web", "when they were taken, when they expire, what they take")
    .action(async (instance: string, { format }: { format: ListFormat }) => {
      const { instances } = await context.client();
      const values = await instances.snapshots(instance).list();
      const empty = `${instance} has no snapshots; \`lodge snapshot create ${instance}\` makes one.`;
      await printList(context, format, { values, headings: snapshotHeadings, rows: values.map(snapshotRow), empty });
    });

export default list;
