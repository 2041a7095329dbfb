import { type DeviceHolder, instanceDevices, profileDevices, requireDevice } from "../../device-holder.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const get =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("get")
      .summary("Print the value of a device's key.")
      .description("Print the value of a device's key; an empty line when it is not set.")
      .argument(`<${holder.noun}>`)
      .argument("<device>")
      .argument("<key>")
      .example(`${holder.command} get ${holder.example} data source`, "where it comes from")
      .action(async (name: string, device: string, key: string) => {
        const { own, inherited } = await holder.read(context, name);
        context.print(`${requireDevice(holder, name, device, own, inherited)[key] ?? ""}\n`);
      });

export default get(instanceDevices);
export const ofProfile = get(profileDevices);
