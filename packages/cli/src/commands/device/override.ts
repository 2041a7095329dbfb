import { LodgeError } from "@lodge/api/errors";
import { instanceDevices } from "../../device-holder.ts";
import { changedDevice } from "../../device-settings.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const override: CommandFactory = (context) =>
  new LodgeCommand("override")
    .summary("Change a device of a profile for one instance.")
    .description("Copy a device that an instance has from a profile into the instance, and set keys of it.")
    .argument("<instance>")
    .argument("<device>")
    .argument("[key=value...]", "settings that differ from the profile's")
    .example("lodge device override web root size=20GiB", "a larger root disk for this instance")
    .action(async (name: string, device: string, words: string[]) => {
      await instanceDevices.change(context, name, (own, inherited) => {
        const found = Object.hasOwn(inherited, device) ? inherited[device] : undefined;
        if (!found) throw nothingToOverride(name, device, Object.hasOwn(own, device));
        return { ...own, [device]: words.length > 0 ? changedDevice(found, words) : found };
      });
      context.say(`${device} is now ${name}'s own`);
    });

const nothingToOverride = (name: string, device: string, own: boolean) =>
  new LodgeError({
    code: "request_invalid",
    message: own
      ? `Device "${device}" is ${name}'s own already; \`lodge device set ${name} ${device} key=value…\` changes it.`
      : `No profile of ${name} has a device "${device}"; \`lodge device add\` adds one.`,
  });

export default override;
