import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Devices } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { createdName, type RunningOperation } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { device, keyValue } from "../parse-value.ts";
import { formatBytes } from "../render/units.ts";
import { paintFor } from "../terminal/colour.ts";
import { Progress } from "../terminal/progress.ts";

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
      const { stdin } = context.surroundings;
      const backup = file === "-" ? { content: stdin as Readable, size: undefined } : await open(file);
      const operation = await sending(context, backup, () =>
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

interface Backup {
  readonly content: Readable;
  /** Bytes, where it is known. */
  readonly size: number | undefined;
}

async function open(path: string): Promise<Backup> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new LodgeError({ code: "file_not_found", message: `${path} cannot be read here: ${cause.message}.`, cause });
  });
  if (found.isDirectory())
    throw new LodgeError({ code: "request_invalid", message: `${path} is a directory, no backup.` });
  return { content: createReadStream(path, { highWaterMark: 1 << 20 }), size: found.isFile() ? found.size : undefined };
}

/** Shows how much has been read while it is sent. */
async function sending(
  context: Context,
  { content, size }: Backup,
  send: () => Promise<RunningOperation>,
): Promise<RunningOperation> {
  const { stderr, env } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  let sent = 0;
  if (!context.globals.quiet && stderr.isTTY) {
    const total = size === undefined ? "" : ` of ${formatBytes(size)}`;
    content.on("data", (chunk: Buffer) => {
      sent += chunk.length;
      progress.update(`Importing: ${formatBytes(sent)}${total}`);
    });
  }
  try {
    return await send();
  } finally {
    progress.clear();
    content.destroy();
  }
}

export default importCommand;
