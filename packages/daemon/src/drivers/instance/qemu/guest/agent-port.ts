import type { QmpClient } from "@lodge/qmp";

/** Whether a guest's agent has its port open. It may not answer all the same. */
export async function agentPortOpen(qmp: QmpClient): Promise<boolean> {
  const chardevs = await qmp.execute("query-chardev");
  return chardevs.some((chardev) => chardev.label === "agent" && chardev["frontend-open"]);
}
