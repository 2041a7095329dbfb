import { setTimeout as delay } from "node:timers/promises";
import type { Usage } from "@lodge/api";
import { InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { printList } from "../render/format.ts";
import { findColumn, type TopColumn, topColumns, usualColumns } from "../top/columns.ts";
import { headLines, tableLines } from "../top/frame.ts";
import type { TopState } from "../top/keys.ts";
import { chooseRows } from "../top/rows.ts";

interface TopOptions {
  readonly allProjects?: boolean;
  readonly tree?: boolean;
  readonly sort: string;
  readonly reverse?: boolean;
  readonly columns?: readonly TopColumn[];
  readonly refresh: number;
  readonly once?: boolean;
  readonly format: "table" | "json" | "yaml" | "csv";
}

const names = topColumns.map(({ name }) => name);

const top: CommandFactory = (context) =>
  new LodgeCommand("top")
    .summary("Show what instances use, live.")
    .description(
      "Show what instances that run use, live: processors, memory, disks, networks. `q` quits; the last line names the other keys. MEM is what an instance holds of the host, TARGET what the governor lets it have now, DEMAND what it needs, WAIT% for how much of the time something in it waited for a resource.",
    )
    .argument("[filter]", "part of a name, or type=…, state=…, project=…")
    .option("--all-projects", "those of all projects")
    .option("-t, --tree", "by project, with what each uses")
    .addOption(new Option("-s, --sort <column>", "the most first").choices(names).default("cpu"))
    .option("-r, --reverse", "the least first")
    .addOption(new Option("-c, --columns <names>", `of ${names.join(", ")}`).argParser(parseColumns))
    .addOption(new Option("--refresh <seconds>", "between looks, from 1").argParser(parseSeconds).default(2))
    .option("--once", "print it once, and end")
    .addOption(
      new Option("-f, --format <format>", "how to print; other than table: once")
        .choices(["table", "json", "yaml", "csv"])
        .default("table"),
    )
    .example("lodge top", "what the instances of the project use")
    .example("lodge top --tree --sort memory", "all projects, who has most memory first")
    .example("lodge top web --columns name,cpu,disk,network", "of those with web in their names")
    .example("lodge top --once -f csv -c name,cpu,memory", "for a spreadsheet: percent and bytes")
    .example("lodge top --once -f json | jq '.instances[] | select(.cpu > 90)'", "the API's objects, for a program")
    .action(async (filter: string | undefined, options: TopOptions) => {
      const { tree = false, reverse = false, sort, refresh } = options;
      const allProjects = options.allProjects ?? tree;
      const state: TopState = {
        ...{ filter: filter ?? "", sort, reverse, tree, allProjects, refresh, offset: 0, typing: false },
        columns: options.columns ?? usualColumns(allProjects),
        ownColumns: options.columns !== undefined,
      };
      const { usage } = await context.client();
      const ask = (all: boolean) => usage.now({ allProjects: all });
      const terminal = context.columns !== undefined && context.surroundings.stdin.isTTY;
      if (options.once || options.format !== "table" || !terminal) {
        return printOnce(context, await withRates(ask, allProjects), state, options.format);
      }
      const { showLive } = await import("../top/live.ts");
      await showLive(context, state, ask);
    });

/** A daemon that has just started has nothing yet to compare with. */
async function withRates(ask: (all: boolean) => Promise<Usage>, all: boolean): Promise<Usage> {
  const usage = await ask(all);
  if (usage.interval !== null) return usage;
  await delay(1_000);
  return ask(all);
}

async function printOnce(context: Context, usage: Usage, state: TopState, format: TopOptions["format"]): Promise<void> {
  const instances = chooseRows(usage.instances, state);
  if (format === "table") {
    const lines = [
      ...headLines(usage, context.paint, context.columns ?? Number.POSITIVE_INFINITY),
      "",
      ...tableLines({ instances }, state, context.paint, context.columns),
    ];
    return context.print(lines.join("\n"));
  }
  if (format === "json") return context.print(JSON.stringify({ ...usage, instances }));
  if (format === "yaml") {
    const { yamlText } = await import("../render/format.ts");
    return context.print(await yamlText({ ...usage, instances }));
  }
  const rows = instances.map((each) => state.columns.map(({ value }) => String(value(each) ?? "")));
  await printList(context, "csv", { values: instances, headings: [], rows, empty: "" });
}

function parseColumns(value: string): TopColumn[] {
  return value.split(",").map((name) => {
    const column = findColumn(name.trim().toLowerCase());
    if (column) return column;
    throw new InvalidArgumentError(`There is no column "${name}"; there are ${names.join(", ")}.`);
  });
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("It must be from 1 to 3600 seconds.");
}

export default top;
