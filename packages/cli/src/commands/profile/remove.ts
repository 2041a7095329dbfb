import { LodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { changeProfiles } from "../../profile-names.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("remove")
    .summary("Take a profile from an instance.")
    .description("Take a profile from an instance.")
    .argument("<instance>")
    .argument("<profile>")
    .example("lodge profile remove web small", "without what small says")
    .action(async (instance: string, profile: string) => {
      await changeProfiles(context, instance, (profiles) => {
        if (profiles.includes(profile)) return profiles.filter((each) => each !== profile);
        throw new LodgeError({
          code: "request_invalid",
          message: `${instance} does not have the profile ${profile}; it has ${profiles.join(", ") || "none"}.`,
        });
      });
      context.say(`Removed profile ${profile} from ${instance}`);
    });

export default remove;
