import type { Devices } from "@lodge/api";
import { type DeviceHolder, instanceDevices, profileDevices } from "../../device-holder.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { byText } from "../../render/order.ts";

const list =
  (holder: DeviceHolder): CommandFactory =>
  (context) =>
    new LodgeCommand("list")
      .summary("List devices.")
      .description(
        holder.noun === "instance"
          ? "List the devices of an instance, its own and those that it has from profiles."
          : "List the devices of a profile.",
      )
      .argument(`<${holder.noun}>`)
      .addOption(formatOption())
      .example(`${holder.command} list ${holder.example}`, "all of them")
      .action(async (name: string, { format }: { format: ListFormat }) => {
        const { own, inherited } = await holder.read(context, name);
        const listed = (devices: Devices, from: string) =>
          Object.entries(devices).map(([device, { type = "", ...settings }]) => ({
            name: device,
            type,
            from,
            settings,
          }));
        const values = [...listed(own, holder.noun), ...listed(inherited, "profile")].sort(byText((each) => each.name));
        const headings = ["NAME", "TYPE", "FROM", "SETTINGS"];
        const rows = values.map((each) => [each.name, each.type, each.from, settingsText(each.settings)]);
        await printList(context, format, { values, headings, rows, empty: `${name} has no devices.` });
      });

const settingsText = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

export default list(instanceDevices);
export const ofProfile = list(profileDevices);
