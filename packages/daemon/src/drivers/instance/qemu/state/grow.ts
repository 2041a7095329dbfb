/** Machines that get more CPUs and memory than they started with. */
import type { MachineSize } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { growthId } from "../hardware/growth.ts";
import { peripheralPath } from "../plugging/peripherals.ts";

/** Puts this many CPUs into the first empty sockets. The guest has to take them into use. */
export async function addCpus(qmp: QmpClient, count: number): Promise<void> {
  if (count <= 0) return;
  const sockets = await qmp.execute("query-hotpluggable-cpus");
  const free = sockets.filter((socket) => socket["qom-path"] === undefined);
  const inOrder = free.toSorted((a, b) => (a.props["core-id"] ?? 0) - (b.props["core-id"] ?? 0));
  for (const { type, props } of inOrder.slice(0, count)) {
    await qmp.execute("device_add", { driver: type, id: `cpu${props["core-id"]}`, ...props });
  }
}

/** Gives the guest CPUs and memory until it has `wanted` beside what it started with. */
export async function grow(qmp: QmpClient, has: MachineSize, wanted: MachineSize): Promise<void> {
  if (wanted.memory > has.memory) {
    const path = peripheralPath(growthId);
    await qmp.execute("qom-set", { path, property: "requested-size", value: wanted.memory });
  }
  await addCpus(qmp, wanted.cpus - has.cpus);
}

/** What the machine has beside what it started with. */
export async function growthOf(qmp: QmpClient, { cpus }: Pick<MachineSize, "cpus">): Promise<MachineSize> {
  const sockets = await qmp.execute("query-hotpluggable-cpus");
  const devices = await qmp.execute("query-memory-devices");
  const present = sockets.filter((socket) => socket["qom-path"] !== undefined).length;
  const memory = devices.find(({ data }) => data.id === growthId)?.data["requested-size"] ?? 0;
  return { cpus: present - cpus, memory };
}
