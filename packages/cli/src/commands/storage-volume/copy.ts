import { LodgeError } from "@lodge/api/errors";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Copy a volume.")
    .description(
      "Copy a volume, or what it was at a snapshot (POOL/VOLUME/SNAPSHOT), within its pool. Snapshots do not come along.",
    )
    .argument("<source>", "POOL/VOLUME or POOL/VOLUME/SNAPSHOT")
    .argument("<target>", "POOL/VOLUME")
    .example("lodge storage volume copy default/data default/data2", "as it is now")
    .example("lodge storage volume copy default/data/snap0 default/old", "as it was")
    .action(async (source: string, target: string) => {
      const [from, volume] = splitPool(source);
      const [to, name] = splitPool(target);
      const volumes = (await context.client()).pools.volumes(to);
      await follow(context, await volumes.copy(volume, { name }, from), `Copying ${source}`);
      context.say(`Copied ${source} to ${target}`);
    });

function splitPool(text: string): readonly [string, string] {
  const at = text.indexOf("/");
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new LodgeError({ code: "request_invalid", message: `"${text}" must be POOL/VOLUME, such as default/data.` });
}

export default copy;
