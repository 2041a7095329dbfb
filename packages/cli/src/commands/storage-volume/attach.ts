import { LodgeError } from "@lodge/api/errors";
import { changeInstance } from "../../change-instance.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const attach: CommandFactory = (context) =>
  new LodgeCommand("attach")
    .summary("Attach a volume to an instance.")
    .description(
      "Attach a volume to an instance as a disk device; one that runs gets it at once where that is possible. Files are seen at a path inside, disks and ISOs are disks of virtual machines.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .argument("<instance>")
    .argument("[device]", "name of the device, or the path; the volume's name when missing")
    .argument("[path]", "where its files are seen inside")
    .example("lodge storage volume attach default data web /srv/data", "files at /srv/data")
    .example("lodge storage volume attach default disk1 vm", "a disk")
    .action(async (pool: string, volume: string, instance: string, second?: string, third?: string) => {
      const path = third ?? (second?.startsWith("/") ? second : undefined);
      const device = second === undefined || second === path ? volume : second;
      await changeInstance(context, instance, ({ devices }) => {
        if (Object.hasOwn(devices, device)) throw taken(instance, device);
        const added = { type: "disk", pool, source: volume, ...(path && { path }) };
        return { devices: { ...devices, [device]: added } };
      });
      context.say(`Attached ${volume} to ${instance}`);
    });

const taken = (instance: string, device: string) =>
  new LodgeError({
    code: "request_invalid",
    message: `${instance} has a device "${device}" already; give this one another name: \`lodge storage volume attach POOL VOLUME ${instance} DEVICE PATH\`.`,
  });

export default attach;
