import { EventEmitter } from "node:events";
import { type QmpClient, QmpError } from "@lodge/qmp";
import { expect, test } from "vitest";
import { unplugDevice } from "./unplug.ts";

/** A QEMU with the device `data`, of which the guest lets go, or says what it says. */
function machine(answer: "DEVICE_DELETED" | "DEVICE_UNPLUG_GUEST_ERROR" | "close" | "silence", refusal?: QmpError) {
  const done: string[] = [];
  const qemu = Object.assign(new EventEmitter(), {
    async execute(command: string, parameters: unknown) {
      if (command === "qom-list") return [{ name: "dev-data", type: "child<virtio-blk-pci>" }];
      if (command === "query-fdsets") return [{ "fdset-id": 3, fds: [{ opaque: "disk-3a6eb0790f39ac87" }] }];
      done.push(`${command} ${JSON.stringify(parameters)}`);
      if (command !== "device_del") return {};
      if (answer === "close") setImmediate(() => qemu.emit("close"));
      else if (answer !== "silence") {
        setImmediate(() => qemu.emit("event", { name: answer, data: { device: "dev-data" }, at: new Date() }));
      }
      if (refusal) throw refusal;
      return {};
    },
  });
  return { qemu: qemu as unknown as QmpClient, done, listeners: () => qemu.listenerCount("event") };
}

test("what is behind a device goes when the guest has let go of it", async () => {
  const { qemu, done, listeners } = machine("DEVICE_DELETED");
  await unplugDevice(qemu, "data");
  expect(done).toEqual([
    'device_del {"id":"dev-data"}',
    'netdev_del {"id":"net-data"}',
    'chardev-remove {"id":"share-data"}',
    'blockdev-del {"node-name":"disk-3a6eb0790f39ac87"}',
    'remove-fd {"fdset-id":3}',
  ]);
  expect(listeners()).toBe(0);
});

test("a guest that is asked for the second time is waited for", async () => {
  const again = new QmpError("device_del", "GenericError", "Device dev-data is already in the process of unplug");
  const { qemu, done } = machine("DEVICE_DELETED", again);
  await unplugDevice(qemu, "data");
  expect(done).toHaveLength(5);
});

test("a device that has just gone is gone", async () => {
  const { qemu, done } = machine(
    "silence",
    new QmpError("device_del", "DeviceNotFound", "Device 'dev-data' not found"),
  );
  await unplugDevice(qemu, "data");
  expect(done).toHaveLength(5);
});

test.each([
  ["DEVICE_UNPLUG_GUEST_ERROR", "refused"],
  ["silence", "did not let go of it within 0.02 s"],
  ["close", "QEMU ended"],
] as const)("%s leaves everything in place", async (answer, words) => {
  const { qemu, done, listeners } = machine(answer);
  await expect(unplugDevice(qemu, "data", 20)).rejects.toThrow(words);
  expect(done).toEqual(['device_del {"id":"dev-data"}']);
  expect(listeners()).toBe(0);
});
