import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";
import { hostPage } from "../../render/host-page.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show what the daemon found on its host, and what is missing.")
    .addOption(new Option("-f, --format <format>", "how to print").choices(["text", "json", "yaml"]).default("text"))
    .example("lodge host info", "kernel, memory, accelerator, tools")
    .action(async ({ format }: { format: "text" | "json" | "yaml" }) => {
      const { server } = await context.client();
      const host = await server.host();
      if (format === "json") context.print(JSON.stringify(host, null, 2));
      else if (format === "yaml") context.print(await yamlText(host));
      else context.print(hostPage(host, context.paint, context.columns));
    });

export default info;
