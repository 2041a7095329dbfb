import { parseAssignments } from "../../assignments.ts";
import { changeVolume } from "../../change-volume.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description(
      "Set configuration keys of a volume. A larger size takes effect at once, also in virtual machines that run with it; the keys: docs/reference/storage.md.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .option("-p, --property", "properties of the volume (description) instead of keys")
    .example("lodge storage volume set default disk1 size=40GiB", "make a disk larger")
    .action(async (pool: string, name: string, words: string[], { property }: { property?: true }) => {
      const settings = parseAssignments(words);
      await changeVolume(context, pool, name, ({ config, description }) =>
        property
          ? setProperties({ name: `Volume ${name}`, properties: { description } }, settings)
          : { config: { ...config, ...settings } },
      );
    });

export default set;
