import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .summary("Print a template.")
    .description("Print a template of an instance's.")
    .argument("<instance>")
    .argument("<template-file>", "its name")
    .example("lodge config template show web hostname.tpl", "what /etc/hostname is made of")
    .action(async (instance: string, template: string) => {
      const { instances } = await context.client();
      context.print((await instances.metadata(instance).template(template)).replace(/\n$/, ""));
    });

export default show;
