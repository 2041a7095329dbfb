import { type DeviceHolder, instanceDevices, profileDevices, requireDevice } from "../../device-holder.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("unset")
      .summary("Take keys of a device back to their defaults.")
      .description(
        `Take keys of a device of ${holder.noun === "instance" ? "an instance" : "a profile"} back to their defaults.`,
      )
      .argument(`<${holder.noun}>`)
      .argument("<device>")
      .argument("<key...>")
      .example(`${holder.command} unset ${holder.example} data readonly`, "one key")
      .action(async (name: string, device: string, keys: string[]) => {
        await holder.change(context, name, (own, inherited) => ({
          ...own,
          [device]: withoutKeys(requireDevice(holder, name, device, own, inherited), keys),
        }));
      });

export default unset(instanceDevices);
export const ofProfile = unset(profileDevices);
