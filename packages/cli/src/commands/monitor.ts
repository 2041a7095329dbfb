import type { EventType } from "@lodge/api";
import { InvalidArgumentError, Option } from "commander";
import { type CommandFactory, collect, LodgeCommand } from "../lodge-command.ts";
import { eventLine } from "../render/event-line.ts";

const types = ["operation", "lifecycle", "logging"] as const;

const monitor: CommandFactory = (context) =>
  new LodgeCommand("monitor")
    .summary("Show what happens in the daemon as it happens.")
    .description("Show the daemon's events as they happen, until Ctrl-C.")
    .addOption(new Option("--type <type>", "only these events (repeatable)").argParser(collectType))
    .addOption(new Option("-f, --format <format>", "how to print").choices(["pretty", "json"]).default("pretty"))
    .example("lodge monitor", "everything")
    .example("lodge monitor --type lifecycle -f json", "what happens to instances and images, a JSON object a line")
    .action(async ({ type, format }: { type?: EventType[]; format: "pretty" | "json" }) => {
      const client = await context.client();
      const end = new AbortController();
      const stop = () => end.abort();
      context.surroundings.signals.on("SIGINT", stop);
      try {
        const events = await client.events.open({ ...(type && { types: type }), signal: end.signal });
        for await (const event of events) {
          context.print(format === "json" ? JSON.stringify(event) : eventLine(event, context.paint));
        }
      } finally {
        context.surroundings.signals.off("SIGINT", stop);
      }
    });

function collectType(value: string, previous?: readonly string[]): string[] {
  if (!types.some((type) => type === value)) {
    throw new InvalidArgumentError(`Allowed choices are ${types.join(", ")}.`);
  }
  return collect(value, previous);
}

export default monitor;
