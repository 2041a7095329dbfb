/** What a machine has beside what it started with, and the steps by which it gets more. */
import type { MachineSize } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { growthId } from "../hardware/growth.ts";
import { cpuId } from "../hardware/processor.ts";
import { peripheralPath } from "../plugging/peripherals.ts";

/** Puts this many CPUs into the first empty sockets. The guest has to take them into use. */
export async function addCpus(qmp: QmpClient, count: number): Promise<void> {
  if (count <= 0) return;
  const free = (await socketsInOrder(qmp)).filter((socket) => socket["qom-path"] === undefined);
  for (const { type, props } of free.slice(0, count)) {
    await qmp.execute("device_add", { driver: type, id: cpuId(props["core-id"] ?? 0), ...props });
  }
}

/** The places for CPUs, the one of the first CPU first. */
export async function socketsInOrder(qmp: QmpClient) {
  const sockets = await qmp.execute("query-hotpluggable-cpus");
  return sockets.toSorted((a, b) => (a.props["core-id"] ?? 0) - (b.props["core-id"] ?? 0));
}

/** Bytes that the guest is asked to take into use beside those that it booted with. */
export async function requestMemory(qmp: QmpClient, bytes: number): Promise<void> {
  await qmp.execute("qom-set", { path: peripheralPath(growthId), property: "requested-size", value: bytes });
}

/** Gives the guest CPUs and memory until it has `wanted` beside what it started with. What it has already it keeps. */
export async function grow(qmp: QmpClient, has: MachineSize, wanted: MachineSize): Promise<void> {
  if (wanted.memory > has.memory) await requestMemory(qmp, wanted.memory);
  await addCpus(qmp, wanted.cpus - has.cpus);
}

/** What the machine has beside what it started with, as far as the host has a say in it. */
export async function growthOf(qmp: QmpClient, { cpus }: Pick<MachineSize, "cpus">): Promise<MachineSize> {
  const { requested } = await memoryOf(qmp);
  return { cpus: (await cpusOf(qmp)) - cpus, memory: requested };
}

/** How many it has. The guest need not use them all. */
export async function cpusOf(qmp: QmpClient): Promise<number> {
  return (await socketsInOrder(qmp)).filter((socket) => socket["qom-path"] !== undefined).length;
}

/** Bytes beside those that it booted with: what the guest was asked to have, and what it has told that it has taken. */
export async function memoryOf(qmp: QmpClient): Promise<{ readonly requested: number; readonly taken: number }> {
  const devices = await qmp.execute("query-memory-devices");
  const data = devices.find((device) => device.data.id === growthId)?.data;
  return { requested: data?.["requested-size"] ?? 0, taken: data?.size ?? 0 };
}
