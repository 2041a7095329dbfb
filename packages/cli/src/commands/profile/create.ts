import type { ProfilePut } from "@lodge/api";
import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readPipedObject } from "../../piped-text.ts";
import { profileShape } from "../../yaml-object.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a profile.")
    .description(
      "Make a profile: configuration and devices that instances share. Its content may come as YAML on standard input.",
    )
    .argument("<name>")
    .argument("[settings...]", "key=value of its configuration")
    .option("--description <text>", "what it is for")
    .example("lodge profile create small limits.cpu=1 limits.memory=256MiB", "a profile with limits")
    .example("lodge profile create web < web.yaml", "as a file has it")
    .action(async (name: string, words: string[], { description }: { description?: string }) => {
      const { profiles } = await context.client();
      const piped: ProfilePut = await readPipedObject(context, profileShape);
      const config = { ...piped.config, ...(words.length > 0 && parseAssignments(words)) };
      await profiles.create({ ...piped, name, config, ...(description !== undefined && { description }) });
      context.say(`Created profile ${name}`);
    });

export default create;
