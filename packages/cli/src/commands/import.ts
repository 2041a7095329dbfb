import type { Devices } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { createdName } from "@lodge/sdk";
import { openBackup, sendingBackup } from "../backup-file.ts";
import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { device, keyValue } from "../parse-value.ts";

interface Options {
  readonly onto?: string;
  readonly storage?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly device?: Devices;
}

const importCommand: CommandFactory = (context) =>
  new LodgeCommand("import")
    .summary("Make an instance of a file that `lodge export` or LXD made.")
    .description(
      "Make an instance of a backup of Lodge's, LXD's or Incus's, with its snapshots. It is stopped, and the same instance as before, unless that is still there: then it gets an identity and addresses of its own.",
    )
    .argument("<file>", "the backup; - is standard input")
    .argument("[name]", "name of the instance, if it is to have another")
    .option("-s, --storage <pool>", "the pool for its root disk")
    .option("-c, --config <key=value>", "set a configuration key (repeatable)", keyValue)
    .option("-d, --device <name,key=value>", "set a device (repeatable)", device)
    .option("--onto <instance>", "bring an increment into the stopped instance that has what it goes on from")
    .example("lodge import web.tar.zst", "under the name that it had")
    .example("lodge import db-tue.tar.zst --onto db", "what `lodge export --since` made")
    .example("lodge import web.tar.zst web2 -c limits.memory=1GiB", "under another, with other limits")
    .action(async (file: string, name: string | undefined, options: Options) => {
      const { onto, storage, config, device: devices } = options;
      if (onto !== undefined && (name !== undefined || storage || config || devices)) throw ontoAlone();
      const { instances } = await context.client();
      const backup = await openBackup(context, file);
      const operation = await sendingBackup(context, backup, () =>
        instances.import(backup.content, {
          ...(onto && { onto }),
          ...(name && { name }),
          ...(storage && { pool: storage }),
          ...(config && { config }),
          ...(devices && { devices }),
        }),
      );
      const made = onto ?? (createdName(operation) || name || file);
      await follow(context, operation, `Importing ${file}`);
      if (context.globals.quiet) return context.print(made);
      context.say(`Imported ${made}`);
    });

function ontoAlone(): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: "An increment brings its own configuration along: --onto stands alone.",
  });
}

export default importCommand;
