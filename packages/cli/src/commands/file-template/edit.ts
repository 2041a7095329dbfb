import { text } from "node:stream/consumers";
import { runEditor } from "../../editor.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withTemporaryCopy } from "../../temporary-copy.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a template.")
    .description("Edit a template of an instance's, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<instance>")
    .argument("<template-file>", "its name")
    .example("lodge config template edit web hostname.tpl", "in the editor")
    .action(async (instance: string, template: string) => {
      const { stdin } = context.surroundings;
      const metadata = (await context.client()).instances.metadata(instance);
      const current = await metadata.template(template);
      if (!stdin.isTTY) return metadata.putTemplate(template, await text(stdin));
      await withTemporaryCopy(context, template, Buffer.from(current), async (copy) => {
        await runEditor(context.surroundings, copy.path);
        const changed = await copy.changed();
        if (changed === undefined) return context.note("Nothing was changed.");
        await metadata.putTemplate(template, changed.toString());
      });
    });

export default edit;
