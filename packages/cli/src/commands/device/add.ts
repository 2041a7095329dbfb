import { LodgeError } from "@lodge/api/errors";
import { type DeviceHolder, instanceDevices, profileDevices } from "../../device-holder.ts";
import { changedDevice } from "../../device-settings.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const add =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("add")
      .summary("Add a device.")
      .description(
        `Add a device to ${holder.noun === "instance" ? "an instance" : "a profile and all instances that use it"}; one that runs gets it at once where that is possible. The types and their keys: docs/reference/devices.md.`,
      )
      .argument(`<${holder.noun}>`)
      .argument("<name>", "a name for the device")
      .argument("<type>", "such as disk or nic")
      .argument("[key=value...]", "its settings; a relative source is taken from this directory")
      .example(
        `${holder.command} add ${holder.example} data disk source=/srv/data path=/data`,
        "a directory of the host",
      )
      .example(`${holder.command} add ${holder.example} eth1 nic network=lodgebr0`, "a second network device")
      .action(async (name: string, device: string, type: string, words: string[]) => {
        const added = changedDevice({ type }, words);
        await holder.change(context, name, (own) => {
          if (Object.hasOwn(own, device)) throw exists(holder, name, device);
          return { ...own, [device]: added };
        });
        context.say(`Added ${device} to ${name}`);
      });

const exists = ({ command }: DeviceHolder, name: string, device: string) =>
  new LodgeError({
    code: "request_invalid",
    message: `${name} has a device "${device}" already; \`${command} set ${name} ${device} key=value…\` changes it.`,
  });

export default add(instanceDevices);
export const ofProfile = add(profileDevices);
