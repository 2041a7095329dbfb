import { speakSftp } from "../../files/speak-sftp.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";
import { whenReady } from "../../when-ready.ts";

const sftp: CommandFactory = (context) =>
  new LodgeCommand("sftp")
    .summary("Speak SFTP with an instance on standard input and output.")
    .description(
      "Speak SFTP with an instance on standard input and output, for programs that bring a client of their own. There is no ssh, no network and no password in it: you reach the files as the instance's root user, and never others. Containers need not run.",
    )
    .argument("<instance>")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example('sftp -D "lodge file sftp web"', "look around, get and put files, by OpenSSH's client")
    .example('socat EXEC:"lodge file sftp web" EXEC:"sshfs -o passive web\\:/ /mnt"', "mount the files, by sshfs")
    .action(async (name: string, options: { wait: boolean; timeout: number }) => {
      const { instances } = await context.client();
      const connection = await whenReady(context, name, options, () => instances.sftp(name));
      await speakSftp(context, connection);
    });

export default sftp;
