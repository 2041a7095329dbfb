import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { changeProfiles } from "../../profile-names.ts";

const assign: CommandFactory = (context) =>
  new LodgeCommand("assign")
    .summary("Say which profiles an instance has.")
    .description(
      "Say which profiles an instance has, instead of those that it has now. Later ones win over earlier ones.",
    )
    .argument("<instance>")
    .argument("<profile>", "names, separated by commas; '' for none")
    .example("lodge profile assign web default,small", "these two, in this order")
    .example("lodge profile assign web ''", "none: all that it is, it must say itself")
    .action(async (instance: string, names: string) => {
      const profiles = names.split(",").filter((name) => name !== "");
      await changeProfiles(context, instance, () => profiles);
      context.say(`${instance} has ${profiles.length > 0 ? `the profiles ${profiles.join(", ")}` : "no profiles"}`);
    });

export default assign;
