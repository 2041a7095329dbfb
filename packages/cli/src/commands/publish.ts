import type { ImageCompression, ImagePublish } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { Option } from "commander";
import { parseAssignments } from "../assignments.ts";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { type CommandFactory, collect, LodgeCommand } from "../lodge-command.ts";

interface Options {
  readonly alias?: readonly string[];
  readonly public?: true;
  readonly force?: true;
  readonly compression?: ImageCompression;
}

const publish: CommandFactory = (context) =>
  new LodgeCommand("publish")
    .summary("Make an image of an instance or of a snapshot.")
    .description(
      "Make an image of a stopped instance or of one of its snapshots. It has the properties of the instance's own image.",
    )
    .argument("<instance>", "name of the instance, or INSTANCE/SNAPSHOT")
    .argument("[properties...]", "properties of the image: key=value")
    .option("--alias <alias>", "name it (repeatable)", collect)
    .option("--public", "let anybody read it")
    .addOption(
      new Option(
        "--compression <algorithm>",
        "of what takes the most room (virtual machines: zstd, gzip, none)",
      ).choices(["none", "gzip", "lz4", "lzo", "xz", "zstd"] satisfies readonly ImageCompression[]),
    )
    .option("-f, --force", "stop the instance if it runs, and start it again afterwards")
    .example("lodge publish web --alias golden", "the container web as an image")
    .example('lodge publish web/monday --alias golden description="Web of Monday"', "a snapshot of it")
    .example("lodge publish db --force --alias db-golden", "a virtual machine that runs")
    .action(async (instance: string, pairs: readonly string[], options: Options) => {
      const client = await context.client();
      const snapshot = instance.includes("/");
      const request: ImagePublish = {
        source: { type: snapshot ? "snapshot" : "instance", name: instance },
        properties: parseAssignments(pairs),
        public: options.public ?? false,
        compression_algorithm: options.compression,
        aliases: (options.alias ?? []).map((name) => ({ name, description: "" })),
      };
      const make = async () => {
        const { metadata } = await follow(context, await client.images.publish(request), `Publishing ${instance}`);
        context.say(`Published ${instance} as ${String(metadata.fingerprint).slice(0, 12)}`);
      };
      if (options.force && !snapshot) await whileStopped(context, client, instance, make);
      else await make();
    });

/** Stops what runs, and starts it again whatever came of the work. */
async function whileStopped(
  context: Context,
  client: LodgeClient,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  const { status } = await client.instances.state(name);
  if (status === "Stopped") return work();
  await follow(context, await client.instances.setState(name, "stop"), `Stopping ${name}`);
  try {
    await work();
  } finally {
    await follow(context, await client.instances.setState(name, "start"), `Starting ${name}`);
  }
}

export default publish;
