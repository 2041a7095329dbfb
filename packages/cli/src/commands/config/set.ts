import { text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import { parseAssignments } from "../../assignments.ts";
import { changeInstance } from "../../change-instance.ts";
import { changeServer, isServerKey } from "../../change-server.ts";
import type { Context } from "../../context.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";
import { lifetimeField } from "../../render/lifetime.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description(
      "Set configuration keys of an instance (docs/reference/configuration.md) or, without one, of the server (docs/reference/server.md).",
    )
    .argument("<instance>", "left out for the server")
    .argument("[settings...]", "key=value…, or one key and its value; the value - is read from standard input")
    .option("-p, --property", "properties of the instance (description, ephemeral) instead of keys")
    .example("lodge config set web limits.cpu=2 limits.memory=1GiB", "several keys at once")
    .example("lodge config set web user.owner 'Ada Lovelace'", "one key and its value")
    .example("lodge config set web cloud-init.user-data - < web.yaml", "a long value, from a file")
    .example("lodge config set templates.enabled=false", "of the server")
    .example("lodge config set web -p description='The web server'", "what it is")
    .action(async (name: string, words: string[], { property }: { property?: true }) => {
      if (isServerKey(name)) {
        const settings = parseAssignments([name, ...words]);
        return changeServer(context, (config) => ({ ...config, ...settings }));
      }
      if (words.length === 0) throw missingSettings(name);
      const [key = "", value] = words;
      const given = words.length === 2 && value === "-" ? [key, await text(context.surroundings.stdin)] : words;
      const settings = parseAssignments(given);
      await changeInstance(context, name, ({ config, description, ephemeral }) =>
        property
          ? setProperties({ name: `Instance ${name}`, properties: { description, ephemeral } }, settings)
          : { config: { ...config, ...settings } },
      );
      if (!property && settings["ttl"]) await tellLifetime(context, name);
    });

const missingSettings = (name: string) =>
  new LodgeError({
    code: "request_invalid",
    message: `What of ${name} is to be set? Give key=value, or a key and a value.`,
  });

/** To a person: when its time is up, now that it is counted anew. */
async function tellLifetime(context: Context, name: string): Promise<void> {
  if (context.columns === undefined || context.globals.quiet) return;
  const { instances } = await context.client();
  const [, lifetime] = lifetimeField(await instances.get(name), new Date());
  if (lifetime) context.note(`${name} lives ${lifetime}`);
}

export default set;
