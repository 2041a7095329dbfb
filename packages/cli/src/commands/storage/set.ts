import { parseAssignments } from "../../assignments.ts";
import { changePool } from "../../change-pool.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description(
      "Set configuration keys of a storage pool. What a pool is made of cannot be changed; the keys: docs/reference/storage.md.",
    )
    .argument("<pool>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .option("-p, --property", "properties of the pool (description) instead of keys")
    .example("lodge storage set fast size=40GiB", "make its file larger")
    .action(async (name: string, words: string[], { property }: { property?: true }) => {
      const settings = parseAssignments(words);
      await changePool(context, name, ({ config, description }) =>
        property
          ? setProperties({ name: `Storage pool ${name}`, properties: { description } }, settings)
          : { config: { ...config, ...settings } },
      );
    });

export default set;
