import { editFile } from "../../files/edit-file.ts";
import { inInstance } from "../../files/located.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a file inside an instance.")
    .description(
      "Edit a file inside an instance, in the editor that VISUAL or EDITOR names, or from standard input. Owner and mode are kept.",
    )
    .argument("<path>", "INSTANCE/path")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file edit web/etc/hosts", "in the editor")
    .example("lodge file pull web/etc/hosts - | sed s/old/new/ | lodge file edit web/etc/hosts", "by a program")
    .action(async (target: string, options: { wait: boolean; timeout: number }) => {
      const located = await inInstance(context, target, options);
      await located.attempt(() => editFile(context, located));
    });

export default edit;
