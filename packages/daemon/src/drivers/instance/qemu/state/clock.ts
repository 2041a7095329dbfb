import { connectGuestAgent } from "@lodge/qmp";
import type { Logger } from "pino";
import { agentPortOpen } from "../guest/agent-port.ts";
import type { VirtualMachine } from "../virtual-machine.ts";

/** Milliseconds for a guest that has just come back. */
const patience = 10_000;

/** Sets the clock of a guest that did not notice how time went by. One without an agent has to ask the network. */
export async function setClock(vm: VirtualMachine, log: Logger): Promise<void> {
  try {
    if (!(await agentPortOpen(vm.qmp()))) return;
    using agent = await connectGuestAgent({ path: vm.directory.agent, timeout: patience });
    await agent.execute("guest-set-time", { time: Date.now() * 1e6 });
  } catch (err) {
    log.info({ err }, "the clock of a resumed guest may be late");
  }
}
