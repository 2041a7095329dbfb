import { text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a template.")
    .description("Make a template for an instance: empty, or of standard input where that is no terminal.")
    .argument("<instance>")
    .argument("<template-file>", "its name")
    .example("lodge config template create web motd.tpl < motd.tpl", "to be named in `lodge config metadata edit web`")
    .action(async (instance: string, template: string) => {
      const { stdin } = context.surroundings;
      const metadata = (await context.client()).instances.metadata(instance);
      if ((await metadata.templates()).includes(template)) {
        const message = `${instance} has a template "${template}"; \`lodge config template edit\` changes it.`;
        throw new LodgeError({ code: "request_invalid", message });
      }
      await metadata.putTemplate(template, stdin.isTTY ? "" : await text(stdin));
      context.say(`Created ${template}`);
    });

export default create;
