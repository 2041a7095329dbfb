import { setTimeout as delay } from "node:timers/promises";
import { connectGuestAgent } from "@lodge/qmp";
import type { Logger } from "pino";
import { agentComes } from "../guest/agent-port.ts";
import type { VirtualMachine } from "../virtual-machine.ts";

/** Milliseconds for the agent to answer, and for the guest to write out what it holds and freeze. */
const freezePatience = 10_000;
const thawPatience = 5_000;
/** Tries to thaw before the caller goes on; more follow in the background. */
const attempts = 3;

/**
 * Runs work while the guest's agent keeps its file systems frozen. Without an agent that answers in time it is as if the power went:
 * what the guest has not written out is not on the disk.
 */
export async function whileQuiesced<T>(vm: VirtualMachine, log: Logger, work: () => Promise<T>): Promise<T> {
  if ((await vm.state()) !== "running" || !(await agentComes(vm))) return work();
  // Noted first: a daemon that finds the note thaws.
  await vm.directory.noteStillness();
  try {
    await freeze(vm, log);
    return await work();
  } finally {
    await thaw(vm, log);
  }
}

/** Thaws what a daemon froze that died meanwhile. */
export async function endStillness(vm: VirtualMachine, log: Logger): Promise<void> {
  if (await vm.directory.stillnessNoted()) await thaw(vm, log);
}

async function freeze(vm: VirtualMachine, log: Logger): Promise<void> {
  try {
    using agent = await connectGuestAgent({ path: vm.directory.agent, timeout: freezePatience });
    await agent.execute("guest-fsfreeze-freeze");
  } catch (error) {
    log.info({ err: error }, "the guest's file systems were not frozen; its disk is as after a power failure");
  }
}

/** The agent does one thing after another: it hears this when it is through with the freezing, however late that is. */
async function thaw(vm: VirtualMachine, log: Logger): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) if (await tryToThaw(vm)) return;
  log.error("the guest's file systems may still be frozen; going on trying to thaw them");
  void thawInBackground(vm);
}

async function thawInBackground(vm: VirtualMachine): Promise<void> {
  let over = false;
  void vm.ended.then(() => {
    over = true;
  });
  while (!over && !(await tryToThaw(vm))) await delay(thawPatience, undefined, { ref: false });
}

async function tryToThaw({ directory }: VirtualMachine): Promise<boolean> {
  try {
    using agent = await connectGuestAgent({ path: directory.agent, timeout: thawPatience });
    await agent.execute("guest-fsfreeze-thaw");
    await directory.forgetStillness();
    return true;
  } catch {
    return false;
  }
}
