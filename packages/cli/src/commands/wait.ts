import { LodgeError } from "@lodge/api/errors";
import { globalAddresses, type InstanceCondition, instanceConditions } from "@lodge/sdk";
import { Argument, Option } from "commander";
import type { Context } from "../context.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { seconds } from "../parse-value.ts";

interface WaitOptions {
  readonly for?: InstanceCondition;
  readonly timeout: number;
}

const wait: CommandFactory = (context) =>
  new LodgeCommand("wait")
    .summary("Wait until an instance is ready, has an address, or is stopped.")
    .description("Wait until an instance is ready (exec is answered), running, has an address, or is stopped.")
    .argument("<instance>")
    .addArgument(new Argument("[condition]", "the same as --for").choices(instanceConditions))
    .addOption(new Option("--for <condition>", "what to wait for (default: ready)").choices(instanceConditions))
    .option("--timeout <seconds>", "how long at most", seconds, 300)
    .example("lodge wait web", "until web answers exec")
    .example("lodge wait web --for address --timeout 30", "until web has an address, and print it")
    .example("lodge wait build --for stopped && lodge delete build", "until the guest has powered off")
    .action(async (name: string, condition: InstanceCondition | undefined, options: WaitOptions) => {
      await waitFor(context, name, options.for ?? condition ?? "ready", options.timeout);
    });

async function waitFor(context: Context, name: string, condition: InstanceCondition, timeout: number): Promise<void> {
  const client = await context.client();
  const signal = AbortSignal.timeout(timeout * 1000);
  try {
    const state = await client.instances.waitFor(name, { condition, signal });
    if (condition === "address") for (const { address } of globalAddresses(state)) context.say(address);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    const wanted = condition === "address" ? "had no address" : `was not ${condition}`;
    throw new LodgeError({
      code: "timed_out",
      message: `${name} ${wanted} within ${timeout} s; \`lodge info ${name}\` shows its state, \`lodge console ${name} --log\` how far its guest is.`,
    });
  }
}

export default wait;
