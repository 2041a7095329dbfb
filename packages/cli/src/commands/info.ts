import type { InstanceFull } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import type { SeenUsage } from "../render/usage-fields.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show what an instance is and what it uses, with curves of the last hour.")
    .argument("<instance>")
    .example("lodge info web", "state, addresses, CPU and memory, image of web")
    .action(async (name: string) => {
      const client = await context.client();
      const [instance, { instancePage }] = await Promise.all([
        client.instances.getFull(name),
        import("../render/instance-page.ts"),
      ]);
      const seen = instance.state.pid > 0 ? await usageOf(client, instance) : undefined;
      context.print(instancePage(instance, new Date(), seen));
    });

/** Undefined of a server that does not tell: an older one, or LXD. */
async function usageOf({ usage }: LodgeClient, { name, project }: InstanceFull): Promise<SeenUsage | undefined> {
  try {
    const [now, history] = await Promise.all([usage.now(), usage.history(name, { step: 60 })]);
    const own = now.instances.find((each) => each.name === name && each.project === project);
    return own && { usage: own, history };
  } catch {
    return undefined;
  }
}

export default info;
