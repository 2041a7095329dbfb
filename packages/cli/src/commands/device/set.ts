import { type DeviceHolder, instanceDevices, profileDevices, requireDevice } from "../../device-holder.ts";
import { changedDevice } from "../../device-settings.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const set =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("set")
      .summary("Set keys of a device.")
      .description(`Set keys of a device of ${holder.noun === "instance" ? "an instance" : "a profile"}.`)
      .argument(`<${holder.noun}>`)
      .argument("<device>")
      .argument("<key=value...>", "settings, or one key and its value")
      .example(`${holder.command} set ${holder.example} data readonly=true`, "one key")
      .action(async (name: string, device: string, words: string[]) => {
        await holder.change(context, name, (own, inherited) => ({
          ...own,
          [device]: changedDevice(requireDevice(holder, name, device, own, inherited), words),
        }));
      });

export default set(instanceDevices);
export const ofProfile = set(profileDevices);
