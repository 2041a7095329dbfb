import type { InstanceFork } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { follow } from "../follow.ts";
import { lifetimeOption, withLifetime } from "../lifetime-option.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { keyValue } from "../parse-value.ts";

interface ForkOptions {
  readonly count?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly ephemeral?: true;
  readonly ttl?: string;
}

const fork: CommandFactory = (context) =>
  new LodgeCommand("fork")
    .summary("Make a running instance into several.")
    .description(
      "Make new instances that go on where a running one is. Forks of a virtual machine have its memory, processes and disk, and from then on a name, addresses, machine-id, ssh host keys and randomness of their own; the source stands still for a moment. Forks of a container have its files as they are now, and boot.",
    )
    .argument("<source>")
    .argument("<name>", "name of the fork; with --count they are NAME-1 to NAME-N")
    .option("--count <n>", "how many (1 to 64)")
    .option("-c, --config <key=value>", "set a configuration key of the forks (repeatable)", keyValue)
    .option("-e, --ephemeral", "delete a fork when it stops")
    .addOption(lifetimeOption())
    .example("lodge fork db db2", "db2 goes on where db is")
    .example("lodge fork db try --count 4 --ephemeral --ttl 1h", "try-1 to try-4, for an hour")
    .action(async (source: string, name: string, options: ForkOptions) => {
      const client = await context.client();
      const config = withLifetime(options.config, options.ttl);
      const request: InstanceFork = {
        name,
        ...(options.count !== undefined && { count: forkCount(options.count) }),
        ...(config && { config }),
        ...(options.ephemeral && { ephemeral: true }),
      };
      const operation = await client.instances.fork(source, request);
      await follow(context, operation, `Forking ${source}`);
      const made = Array.from({ length: request.count ?? 1 }, (_, index) =>
        request.count === undefined ? name : `${name}-${index + 1}`,
      );
      if (context.globals.quiet) return context.print(made.join("\n"));
      context.say(`Forked ${source} to ${made.join(", ")}`);
    });

function forkCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new LodgeError({ code: "request_invalid", message: `--count is a number of 1 to 64, not "${text}".` });
}

export default fork;
