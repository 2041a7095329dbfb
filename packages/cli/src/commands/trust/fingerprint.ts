import { LodgeError } from "@lodge/api/errors";
import { certificateFingerprint } from "@lodge/sdk";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const fingerprint: CommandFactory = (context) =>
  new LodgeCommand("fingerprint")
    .description("Print the fingerprint of the server's certificate, to compare it with what `lodge remote add` shows.")
    .example("lodge config trust fingerprint", "on the server")
    .action(async () => {
      const { certificate } = (await (await context.client()).server.get()).environment as { certificate?: string };
      if (certificate) return context.print(certificateFingerprint(certificate));
      throw new LodgeError({
        code: "certificate_not_found",
        message:
          "The server shows no certificate: set core.https_address first (`lodge config set core.https_address=:8443`).",
      });
    });

export default fingerprint;
