import type { NetworkPut } from "@lodge/api";
import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readPipedObject } from "../../piped-text.ts";
import { networkShape } from "../../yaml-object.ts";

interface CreateOptions {
  readonly description?: string;
  readonly type: string;
}

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a network.")
    .description(
      "Make a network. Its addresses are chosen unless they are given; the keys: docs/reference/networks.md. Its content may come as YAML on standard input.",
    )
    .argument("<name>")
    .argument("[settings...]", "key=value of its configuration")
    .option("--description <text>", "what it is for")
    .option("-t, --type <type>", "kind of network", "bridge")
    .example("lodge network create dev", "a network with addresses of its own")
    .example(
      "lodge network create lab ipv4.address=10.9.9.1/24 ipv4.nat=true ipv6.address=none",
      "with these addresses",
    )
    .example(
      "lodge network create closed bridge.uplink=none",
      "isolated: its instances reach each other and nothing else",
    )
    .action(async (name: string, words: string[], { description, type }: CreateOptions) => {
      const { networks } = await context.client();
      const piped: NetworkPut = await readPipedObject(context, networkShape);
      const config = { ...piped.config, ...(words.length > 0 && parseAssignments(words)) };
      await networks.create({ ...piped, name, type, config, ...(description !== undefined && { description }) });
      context.say(`Created network ${name}`);
    });

export default create;
