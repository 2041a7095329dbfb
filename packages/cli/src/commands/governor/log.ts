import type { GovernorLine } from "@lodge/api";
import { lifecycleOf } from "@lodge/sdk";
import { InvalidArgumentError } from "commander";
import type { Context } from "../../context.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { followedLine, lineHeadings, lineRow } from "../../render/governor-rows.ts";

interface Options {
  readonly format: ListFormat;
  readonly follow?: true;
  readonly allProjects?: boolean;
  readonly limit: number;
  readonly since?: string;
}

const log: CommandFactory = (context) =>
  new LodgeCommand("log")
    .summary("Show what was moved between instances, and why.")
    .description(
      "Show what the governor did and why, the oldest first; with the mode `observe`, what it would have done.",
    )
    .argument("[instance]")
    .addOption(formatOption())
    .option("--follow", "then go on with what happens, until Ctrl-C; with -f json, an object a line")
    .option("--all-projects", "about instances of all projects")
    .option("--limit <lines>", "at most so many lines, the newest", parseLimit, 100)
    .option("--since <time>", "only what came after this time (RFC 3339: 2026-01-02T03:04:05Z)", parseTime)
    .example("lodge governor log", "what was moved lately")
    .example("lodge governor log db --follow", "about one instance, as it happens")
    .action(async (instance: string | undefined, options: Options) => {
      if (options.follow) return follow(context, instance, options);
      const { governor } = await context.client();
      const values = await governor.log({ instance, ...options });
      const rows = values.map(lineRow);
      await printList(context, options.format, { values, headings: lineHeadings, rows, empty: "Nothing was moved." });
    });

async function follow(context: Context, instance: string | undefined, options: Options): Promise<void> {
  const client = await context.client();
  const end = new AbortController();
  const stop = () => end.abort();
  context.surroundings.signals.on("SIGINT", stop);
  const print = (line: GovernorLine) =>
    context.print(options.format === "json" ? JSON.stringify(line) : followedLine(line));
  try {
    const { allProjects } = options;
    const events = await client.events.open({ types: ["lifecycle"], allProjects, signal: end.signal });
    const before = await client.governor.log({ instance, ...options });
    for (const line of before) print(line);
    let last = before.at(-1)?.id ?? 0;
    for await (const event of events) {
      const { action, context: line } = lifecycleOf(event) ?? {};
      if (!isLine(action, line) || line.id <= last) continue;
      last = line.id;
      if (instance === undefined || line.instance === instance) print(line);
    }
  } finally {
    context.surroundings.signals.off("SIGINT", stop);
  }
}

/** What the daemon's event of a line carries is the line. */
function isLine(action: string | undefined, line: unknown): line is GovernorLine {
  return (action === "instance-governed" || action === "governor-changed") && typeof line === "object" && line !== null;
}

function parseLimit(value: string): number {
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a number from 1 to 9999.");
}

function parseTime(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError("It must be a time such as 2026-01-02T03:04:05Z.");
  return time.toISOString();
}

export default log;
