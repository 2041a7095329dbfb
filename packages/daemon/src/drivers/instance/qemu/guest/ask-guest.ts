import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import type { VirtualMachine } from "../virtual-machine.ts";
import { agentPortOpen } from "./agent-port.ts";
import { openExec } from "./exec.ts";
import { quoteWord } from "./exec-command.ts";
import { runByAgent } from "./run-by-agent.ts";

/**
 * Has a guest's shell run a script, by whichever way into it is open, and returns what it says; undefined when it does not answer within
 * `patience` (milliseconds), or there is no way.
 */
export async function askGuest(
  vm: Pick<VirtualMachine, "client" | "agent" | "qmp">,
  script: string,
  patience: number,
): Promise<string | undefined> {
  const bound = AbortSignal.timeout(patience);
  const late = delay(patience, undefined, { ref: false });
  const answer = vm.client ? askBySsh(vm.client, script, bound) : askByAgent(vm, script, bound);
  return Promise.race([answer.catch(() => undefined), late]);
}

async function askBySsh(client: Client, script: string, signal: AbortSignal): Promise<string> {
  // Not the promise itself: whoever opens the channel would wait for it.
  const command = `exec /bin/sh -c ${quoteWord(script)}`;
  const { text } = await openExec(client, command, (channel) => ({ text: read(channel, signal) }));
  return text;
}

function read(channel: ClientChannel, signal: AbortSignal): Promise<string> {
  let text = "";
  signal.addEventListener("abort", () => channel.close(), { once: true });
  channel.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  channel.stderr.resume();
  channel.end();
  return new Promise((resolve) => channel.once("close", () => resolve(text)));
}

async function askByAgent(
  vm: Pick<VirtualMachine, "agent" | "qmp">,
  script: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!(await agentPortOpen(vm.qmp()))) return undefined;
  return runByAgent(vm.agent, { path: "/bin/sh", arg: ["-c", script] }, signal);
}
