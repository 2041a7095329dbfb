import { type DeviceHolder, instanceDevices, profileDevices, requireDevice } from "../../device-holder.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("remove")
      .summary("Remove devices.")
      .description(
        `Remove devices of ${holder.noun === "instance" ? "an instance" : "a profile"}; one that runs loses them at once where that is possible.`,
      )
      .argument(`<${holder.noun}>`)
      .argument("<device...>")
      .example(`${holder.command} remove ${holder.example} data`, "one device")
      .action(async (name: string, devices: string[]) => {
        await holder.change(context, name, (own, inherited) => {
          for (const device of devices) requireDevice(holder, name, device, own, inherited);
          return Object.fromEntries(Object.entries(own).filter(([device]) => !devices.includes(device)));
        });
        context.say(`Removed ${devices.join(", ")} from ${name}`);
      });

export default remove(instanceDevices);
export const ofProfile = remove(profileDevices);
