import { LodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { changeProfiles } from "../../profile-names.ts";

const add: CommandFactory = (context) =>
  new LodgeCommand("add")
    .summary("Give an instance a profile.")
    .description("Give an instance one more profile, which wins over those that it has.")
    .argument("<instance>")
    .argument("<profile>")
    .example("lodge profile add web small", "what small says, beside what web has")
    .action(async (instance: string, profile: string) => {
      await changeProfiles(context, instance, (profiles) => {
        if (!profiles.includes(profile)) return [...profiles, profile];
        throw new LodgeError({ code: "request_invalid", message: `${instance} has the profile ${profile} already.` });
      });
      context.say(`Added profile ${profile} to ${instance}`);
    });

export default add;
