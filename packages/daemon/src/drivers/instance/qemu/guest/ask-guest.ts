import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import type { VirtualMachine } from "../virtual-machine.ts";
import { agentPortOpen } from "./agent-port.ts";
import { openExec } from "./exec.ts";
import { quoteWord } from "./exec-command.ts";
import { runByAgent } from "./run-by-agent.ts";

/** A way into a guest. */
type Ways = Pick<VirtualMachine, "client" | "early" | "reach" | "agent" | "qmp">;

/**
 * Has a guest's shell run a script, and returns what it says; undefined when it does not answer within `patience` (milliseconds), or there is
 * no way into it. The agent is asked where there is no ssh; with a fork that is to be met ssh is waited for.
 */
export async function askGuest(vm: Ways, script: string, patience: number): Promise<string | undefined> {
  const bound = AbortSignal.timeout(patience);
  const late = delay(patience, undefined, { ref: false });
  return Promise.race([ask(vm, script, bound).catch(() => undefined), late]);
}

async function ask(vm: Ways, script: string, signal: AbortSignal): Promise<string | undefined> {
  if (vm.client) return askBySsh(vm.client, script, signal);
  // What follows on the answer, another fork above all, is to find a guest that has settled.
  return vm.early ? askBySsh(await vm.reach(), script, signal) : askByAgent(vm, script, signal);
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

async function askByAgent(vm: Ways, script: string, signal: AbortSignal): Promise<string | undefined> {
  if (!(await agentPortOpen(vm.qmp()))) return undefined;
  return runByAgent(vm.agent, { path: "/bin/sh", arg: ["-c", script] }, signal);
}
