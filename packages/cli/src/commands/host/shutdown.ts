import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const shutdown: CommandFactory = (context) =>
  new LodgeCommand("shutdown")
    .summary("Shut all instances down, as before the host goes down.")
    .description(
      "Shut all instances down in the order of boot.stop.priority, each within its boot.host_shutdown_timeout. Nothing is started any more until the daemon is started anew; that brings back those that ran. The host itself goes on. Where systemd runs, a unit of Lodge's does this when the host shuts down.",
    )
    .example("lodge host shutdown", "before the host is switched off, where no systemd runs")
    .action(async () => {
      const { server } = await context.client();
      const operation = await server.shutDown();
      const count = operation.started.resources.instances?.length ?? 0;
      await follow(context, operation, "Shutting down");
      context.say(count === 0 ? "No instance was running" : `Shut down ${count} instance${count === 1 ? "" : "s"}`);
    });

export default shutdown;
