import { type DeviceHolder, instanceDevices, profileDevices } from "../../device-holder.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("show")
      .summary("Print devices as YAML.")
      .description(`Print the devices of ${holder.noun === "instance" ? "an instance" : "a profile"} as YAML.`)
      .argument(`<${holder.noun}>`)
      .example(`${holder.command} show ${holder.example}`, "its own devices")
      .action(async (name: string) => context.print(await sortedYamlText((await holder.read(context, name)).own)));

export default show(instanceDevices);
export const ofProfile = show(profileDevices);
