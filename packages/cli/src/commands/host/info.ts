import type { LodgeClient } from "@lodge/sdk";
import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";
import { hostPage } from "../../render/host-page.ts";
import type { SeenHost } from "../../render/host-usage-fields.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show what the daemon found on its host, what the host does, and what is missing.")
    .addOption(new Option("-f, --format <format>", "how to print").choices(["text", "json", "yaml"]).default("text"))
    .example("lodge host info", "kernel, memory, accelerator, tools")
    .action(async ({ format }: { format: "text" | "json" | "yaml" }) => {
      const client = await context.client();
      const host = await client.server.host();
      if (format === "json") context.print(JSON.stringify(host, null, 2));
      else if (format === "yaml") context.print(await yamlText(host));
      else context.print(hostPage(host, context.paint, context.columns, await usageOf(client)));
    });

/** Undefined of a server that does not tell. */
async function usageOf({ usage }: LodgeClient): Promise<SeenHost | undefined> {
  try {
    const [now, history] = await Promise.all([usage.now(), usage.hostHistory({ step: 60 })]);
    return now.host ? { usage: now.host, history } : undefined;
  } catch {
    return undefined;
  }
}

export default info;
