import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const keys: CommandFactory = (context) =>
  new LodgeCommand("keys")
    .summary("List the keys that there are.")
    .description("List the configuration keys of instances and profiles: their defaults, and what they do.")
    .argument("[prefix]", "only those that begin so")
    .addOption(formatOption())
    .example("lodge config keys limits.", "what can be limited")
    .action(async (prefix: string | undefined, { format }: { format: ListFormat }) => {
      const { instanceConfigKeys } = await import("@lodge/api/config-keys");
      const values = instanceConfigKeys
        .filter(({ key }) => key.startsWith(prefix ?? ""))
        .map(({ key, doc, types, live, default: preset }) => ({ key, doc, types, live, default: preset }));
      const rows = values.map((each) => [each.key, typesText(each.types), each.default, each.doc]);
      const empty = `No key begins with ${prefix}.`;
      await printList(context, format, { values, headings: ["KEY", "FOR", "DEFAULT", "MEANING"], rows, empty });
    });

const typesText = (of: readonly string[]) => (of.length > 1 ? "both" : of[0] === "container" ? "containers" : "VMs");

export default keys;
