import { type QmpClient, QmpError, type QmpEvent } from "@lodge/qmp";
import { isPart, netId, nodeName } from "../hardware/device.ts";
import { shareChannel } from "../hardware/shares.ts";
import { plugFailed } from "./failure.ts";
import { presentIds } from "./peripherals.ts";

/** Milliseconds for a guest to let go of a device. An emulated one under load needs seconds. */
const patience = 30_000;

/** Takes away a device and what is behind it: a disk's file, a nic's tap, a share's connection. Returns when the guest has let go. Idempotent. */
export async function unplugDevice(qmp: QmpClient, name: string, bound = patience): Promise<void> {
  const parts = (await presentIds(qmp)).filter((id) => isPart(id, name));
  for (const id of parts) await removeDevice(qmp, id, name, bound);
  await ifThere(() => qmp.execute("netdev_del", { id: netId(name) }));
  await ifThere(() => qmp.execute("chardev-remove", { id: shareChannel(name) }));
  await ifThere(() => qmp.execute("blockdev-del", { "node-name": nodeName(name) }));
  for (const set of await qmp.execute("query-fdsets")) {
    const ours = set.fds.some(({ opaque }) => opaque === nodeName(name));
    if (ours) await ifThere(() => qmp.execute("remove-fd", { "fdset-id": set["fdset-id"] }));
  }
}

async function removeDevice(qmp: QmpClient, id: string, name: string, bound: number): Promise<void> {
  using end = watchForEnd(qmp, id, name, bound);
  try {
    await qmp.execute("device_del", { id });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    if (error.errorClass === "DeviceNotFound") return;
    // The guest was asked before and is slow: what is waited for is the same.
    if (!/already in the process of unplug/.test(error.message)) throw error;
  }
  await end.reached;
}

/** Resolves when the guest has let go; rejects when it refuses, says nothing for too long, or ends. */
function watchForEnd(qmp: QmpClient, id: string, name: string, bound: number) {
  const { promise: reached, resolve, reject } = Promise.withResolvers<void>();
  reached.catch(() => undefined);
  const fail = (problem: string) => reject(plugFailed(`Device "${name}" is still there`, problem));
  const notice = (event: QmpEvent) => {
    if (event.data["device"] !== id) return;
    if (event.name === "DEVICE_DELETED") resolve();
    if (event.name === "DEVICE_UNPLUG_GUEST_ERROR") fail("the guest refused to let go of it");
  };
  const closed = () => fail("QEMU ended meanwhile");
  const timer = setTimeout(() => {
    fail(
      `the guest did not let go of it within ${bound / 1000} s; stop the instance, or try again when the guest has started`,
    );
  }, bound);
  qmp.on("event", notice).once("close", closed);
  return {
    reached,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      qmp.off("event", notice).off("close", closed);
    },
  };
}

/** Refused by QEMU: it is gone already. */
async function ifThere(step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
  }
}
