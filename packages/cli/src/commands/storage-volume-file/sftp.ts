import { speakSftp } from "../../files/speak-sftp.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const sftp: CommandFactory = (context) =>
  new LodgeCommand("sftp")
    .summary("Speak SFTP with a volume on standard input and output.")
    .description(
      "Speak SFTP with a volume of files on standard input and output, for programs that bring a client of their own, as `lodge file sftp` does with an instance. Instances may run with the volume meanwhile.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .example('sftp -D "lodge storage volume file sftp default data"', "by OpenSSH's client")
    .example(
      'socat EXEC:"lodge storage volume file sftp default data" EXEC:"sshfs -o passive data\\:/ /mnt"',
      "mount the files, by sshfs",
    )
    .action(async (pool: string, volume: string) =>
      speakSftp(context, await (await context.client()).pools.volumes(pool).sftp(volume)),
    );

export default sftp;
