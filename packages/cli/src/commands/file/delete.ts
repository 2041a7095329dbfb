import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";
import { parseGuestPath } from "../../paths.ts";
import { whenReady } from "../../when-ready.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete files inside an instance.")
    .description("Delete files, symbolic links and empty directories inside an instance.")
    .argument("<path...>", "INSTANCE/path")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file delete web/etc/motd", "one file")
    .action(async (paths: string[], options: { wait: boolean; timeout: number }) => {
      const { instances } = await context.client();
      for (const each of paths) {
        const { instance, path } = parseGuestPath(each);
        await whenReady(context, instance, options, () => instances.files(instance).remove(path));
      }
    });

export default remove;
