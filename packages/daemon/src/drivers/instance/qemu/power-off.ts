import { connectGuestAgent } from "@lodge/qmp";
import { agentComes, agentPortOpen, type StartingGuest } from "./guest/agent-port.ts";

/** Milliseconds for a guest agent that has its port open to answer. */
const agentPatience = 5_000;

/** Asks a guest to power off: by its agent when there is one that answers, else by the ACPI power button. */
export async function askToPowerOff(vm: StartingGuest, agentSocket: string): Promise<void> {
  const qmp = vm.qmp();
  if ((await agentPortOpen(qmp)) && (await askAgent(agentSocket))) return;
  await qmp.execute("system_powerdown");
  // One that still starts may not hear its button yet.
  void askOnceMore(vm, agentSocket);
}

async function askOnceMore(vm: StartingGuest, agentSocket: string): Promise<void> {
  if (await agentComes(vm).catch(() => false)) await askAgent(agentSocket);
}

async function askAgent(path: string): Promise<boolean> {
  try {
    using agent = await connectGuestAgent({ path, timeout: agentPatience });
    await agent.shutdown();
    return true;
  } catch {
    return false;
  }
}
