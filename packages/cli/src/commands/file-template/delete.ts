import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete a template.")
    .description("Delete a template of an instance's. Files that were made of it stay.")
    .argument("<instance>")
    .argument("<template-file>", "its name")
    .example("lodge config template delete web motd.tpl", "one that no file is made of any more")
    .action(async (instance: string, template: string) => {
      await (await context.client()).instances.metadata(instance).deleteTemplate(template);
      context.say(`Deleted ${template}`);
    });

export default remove;
