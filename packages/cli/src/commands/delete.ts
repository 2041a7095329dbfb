import { asLodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { eachInstance } from "../each-instance.ts";
import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { isOn } from "../settings.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Delete instances with all that is in them, or snapshots.")
    .argument("<instance...>", "name of the instance, or INSTANCE/SNAPSHOT")
    .option("-f, --force", "also those that run; they are ended at once")
    .example("lodge delete web", "a stopped instance")
    .example("lodge delete web/snap0", "a snapshot")
    .example("lodge delete --force web db", "two that may be running")
    .action(async (names: string[], { force = false }: { force?: boolean }) => {
      const client = await context.client();
      await eachInstance(context, names, {
        doing: "Deleting",
        done: "Deleted",
        begin: async (name) => {
          const [instance = name, snapshot] = name.split("/");
          if (snapshot !== undefined) return client.instances.snapshots(instance).delete(snapshot);
          return force && (await stopForced(context, client, name)) ? undefined : client.instances.delete(name);
        },
      });
    });

/** Ends a running instance. Whether it is gone by that, because it was ephemeral. */
async function stopForced(context: Context, client: LodgeClient, name: string): Promise<boolean> {
  const { status } = await client.instances.state(name);
  if (status === "Stopped") return false;
  const { ephemeral, expanded_config } = await client.instances.get(name);
  // The daemon refuses it then, and it goes on running.
  if (isOn(expanded_config["security.protection.delete"])) return false;
  try {
    const stopping = await client.instances.setState(name, "stop", { force: true });
    await follow(context, stopping, `Stopping ${name}`);
  } catch (error) {
    // It may have stopped by itself meanwhile.
    if (asLodgeError(error).code !== "instance_wrong_state") throw error;
  }
  return ephemeral && !(await client.instances.names()).includes(name);
}

export default remove;
