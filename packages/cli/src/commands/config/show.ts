import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .summary("Print configuration and devices as YAML.")
    .description("Print an instance's configuration and devices as YAML, or the configuration of the server.")
    .argument("[instance]", "left out for the server")
    .option("-e, --expanded", "as it is in force, with what profiles set")
    .example("lodge config show web", "the instance's own configuration")
    .example("lodge config show", "the server's")
    .example("lodge config show web -e", "with what it has from profiles")
    .action(async (name: string | undefined, { expanded }: { expanded?: true }) => {
      const { instances, server } = await context.client();
      if (name === undefined) return context.print(await sortedYamlText({ config: (await server.get()).config }));
      const instance = await instances.get(name);
      const { architecture, description, ephemeral, profiles } = instance;
      const config = expanded ? instance.expanded_config : instance.config;
      const devices = expanded ? instance.expanded_devices : instance.devices;
      context.print(await sortedYamlText({ architecture, config, description, devices, ephemeral, name, profiles }));
    });

export default show;
