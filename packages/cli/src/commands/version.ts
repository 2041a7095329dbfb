import { asLodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { renderPage } from "../render/page.ts";
import { clientVersion } from "../version.ts";

const version: CommandFactory = (context) =>
  new LodgeCommand("version")
    .description("Show the versions of this client and of the daemon.")
    .example("lodge version", "both versions")
    .action(async () => {
      const client = await context.client();
      const daemon = await client.server.get().then(
        ({ environment }) => String(environment.server_version ?? "unknown"),
        (error) => `not reached (${asLodgeError(error).message})`,
      );
      context.print(
        renderPage([
          ["Client", clientVersion()],
          ["Daemon", daemon],
        ]),
      );
    });

export default version;
