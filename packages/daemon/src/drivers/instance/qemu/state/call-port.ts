import { setTimeout as delay } from "node:timers/promises";
import { callPort } from "../hardware/channels.ts";
import type { VirtualMachine } from "../virtual-machine.ts";

/** Milliseconds for a guest to find its new port and to open it. */
const patience = 20_000;
const interval = 50;

/** Gives a guest that is about to be kept for its forks a port, and has a shell wait there with the script that lies at `path`. */
export async function listen(vm: VirtualMachine, path: string): Promise<void> {
  const qmp = vm.qmp();
  await qmp.execute("chardev-add", { id: callPort.chardev, backend: { type: "null", data: {} } });
  await qmp.execute("device_add", callPort);
  // By the agent: what a shell starts behind itself ignores SIGINT, and so would all commands.
  const program = { path: "/bin/sh", arg: [path, "listen", callPort.name] };
  await vm.agent.use((agent) => agent.execute("guest-exec", program));
  const bound = Date.now() + patience;
  while (
    !(await qmp.execute("query-chardev")).some((each) => each.label === callPort.chardev && each["frontend-open"])
  ) {
    if (Date.now() > bound) throw new Error("nothing in the guest waits at its port");
    await delay(interval);
  }
}
