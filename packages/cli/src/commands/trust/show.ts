import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print what is known of a trusted certificate as YAML.")
    .argument("<fingerprint>", "or the beginning of it")
    .example("lodge config trust show e98f08d33b4f", "as `lodge config trust list` prints it")
    .action(async (fingerprint: string) => {
      context.print(await sortedYamlText(await (await context.client()).certificates.get(fingerprint)));
    });

export default show;
