import { connectGuestAgent, type QmpClient } from "@lodge/qmp";
import { agentPortOpen } from "./guest/agent-port.ts";

/** Milliseconds for a guest agent that has its port open to answer. */
const agentPatience = 5_000;

/** Asks a guest to power off: by its agent when there is one that answers, else by the ACPI power button. */
export async function askToPowerOff(qmp: QmpClient, agentSocket: string): Promise<void> {
  if ((await agentPortOpen(qmp)) && (await askAgent(agentSocket))) return;
  await qmp.execute("system_powerdown");
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
