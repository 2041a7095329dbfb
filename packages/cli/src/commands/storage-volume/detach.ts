import type { Devices } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { changeInstance } from "../../change-instance.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const detach: CommandFactory = (context) =>
  new LodgeCommand("detach")
    .summary("Detach a volume from an instance.")
    .description("Take a volume away from an instance; what is on it stays.")
    .argument("<pool>")
    .argument("<volume>")
    .argument("<instance>")
    .argument("[device]", "name of the device, where it has the volume more than once")
    .example("lodge storage volume detach default data web", "web has it no more")
    .action(async (pool: string, volume: string, instance: string, device?: string) => {
      await changeInstance(context, instance, ({ devices }) => {
        const name = findDevice(instance, devices, { pool, volume }, device);
        return { devices: Object.fromEntries(Object.entries(devices).filter(([each]) => each !== name)) };
      });
      context.say(`Detached ${volume} from ${instance}`);
    });

function findDevice(
  instance: string,
  devices: Devices,
  { pool, volume }: { readonly pool: string; readonly volume: string },
  wanted: string | undefined,
): string {
  const names = Object.entries(devices)
    .filter(([, device]) => device["type"] === "disk" && device["pool"] === pool && device["source"] === volume)
    .map(([name]) => name)
    .filter((name) => wanted === undefined || name === wanted);
  const [first, second] = names;
  if (first !== undefined && second === undefined) return first;
  const problem =
    first === undefined
      ? `${instance} itself has no such device for volume ${volume}; \`lodge device list ${instance}\` shows what it has, profiles included.`
      : `${instance} has volume ${volume} more than once, as ${names.join(", ")}; name the device.`;
  throw new LodgeError({ code: "request_invalid", message: problem });
}

export default detach;
