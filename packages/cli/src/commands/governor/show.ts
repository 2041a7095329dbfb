import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";
import { governedHeadings, governedRow, governorFields } from "../../render/governor-rows.ts";
import { renderPage } from "../../render/page.ts";
import { renderTable } from "../../render/table.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .summary("Show how memory is divided now.")
    .description(
      "Show how much of the host's memory instances may have, what was promised of it, and what each that runs has, works with and may have.",
    )
    .addOption(new Option("-f, --format <format>", "how to print").choices(["text", "json", "yaml"]).default("text"))
    .example("lodge governor show", "the budget, and what each instance has of it")
    .action(async ({ format }: { format: "text" | "json" | "yaml" }) => {
      const governor = await (await context.client()).governor.get();
      if (format === "json") return context.print(JSON.stringify(governor, null, 2));
      if (format === "yaml") return context.print(await yamlText(governor));
      context.print(renderPage(governorFields(governor)));
      if (governor.instances.length === 0) return;
      context.print("");
      context.print(renderTable(governedHeadings, governor.instances.map(governedRow), context.paint));
    });

export default show;
