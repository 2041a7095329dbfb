import type { InstanceSource } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { imageSource } from "../instance-origin.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { imageServerWord, sourceServer } from "../remotes/image-words.ts";

interface RebuildOptions {
  readonly empty?: true;
  readonly force?: true;
}

const rebuild: CommandFactory = (context) =>
  new LodgeCommand("rebuild")
    .summary("Give an instance a fresh root.")
    .description(
      "Replace the root of a stopped instance by a fresh one of an image. All that was in it is lost; its name, configuration, devices and addresses stay. It must have no snapshots.",
    )
    .argument("<instance>")
    .argument("[image]", "alias or fingerprint (lxc's order, IMAGE INSTANCE, is understood as well)")
    .option("--empty", "an empty root")
    .option("-f, --force", "also one that runs: it is ended at once, and started again afterwards")
    .example("lodge rebuild web debian/13", "web begins anew, with its addresses")
    .example("lodge rebuild web images:debian/13", "of an image of another server")
    .example("lodge rebuild lab --empty --force", "an empty disk, to install from a medium")
    .action(async (instance: string, image: string | undefined, options: RebuildOptions) => {
      const client = await context.client();
      const { name, source } = await request(context, client, instance, image, options.empty ?? false);
      const stopped = options.force ? await stopForced(context, client, name) : false;
      await follow(context, await client.instances.rebuild(name, { source }), `Rebuilding ${name}`);
      context.say(`Rebuilt ${name}`);
      if (!stopped) return;
      await follow(context, await client.instances.setState(name, "start"), `Starting ${name}`);
      context.say(`Started ${name}`);
    });

async function request(
  context: Context,
  client: LodgeClient,
  first: string,
  second: string | undefined,
  empty: boolean,
): Promise<{ readonly name: string; readonly source: InstanceSource }> {
  if (empty === (second !== undefined)) {
    throw new LodgeError({
      code: "request_invalid",
      message: "Say what the instance is to be made of: an image, or --empty and no image.",
    });
  }
  if (second === undefined) return { name: first, source: { type: "none" } };
  const names = await client.instances.names();
  const [name, image] = !names.includes(first) && names.includes(second) ? [second, first] : [first, second];
  const elsewhere = imageServerWord(context.remotes, image);
  if (!elsewhere) return { name, source: await imageSource(client, image) };
  const { remote, word } = elsewhere;
  return { name, source: { type: "image", mode: "pull", ...sourceServer(context.remotes, remote), alias: word } };
}

/** Whether it ran. */
async function stopForced(context: Context, client: LodgeClient, name: string): Promise<boolean> {
  const { status } = await client.instances.state(name);
  if (status === "Stopped") return false;
  await follow(context, await client.instances.setState(name, "stop", { force: true }), `Stopping ${name}`);
  return true;
}

export default rebuild;
