/**
 * The clock that KVM shows a guest, in a state. A QEMU that takes a state over and never runs it writes the clock of its own young machine
 * into what it sends on: guests that go on from that stand still until it has caught up with what they saw last. So the clock is
 * taken from the machine that the state is of.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { QmpClient } from "@lodge/qmp";
import type { VirtualMachine } from "../virtual-machine.ts";

/** How QEMU's device `kvmclock` begins in a stream: its name with the length before it, an instance and a version of 4 bytes each. */
const heading = Buffer.from("\x08kvmclock", "latin1");
const numbers = 8;
/** Nanoseconds, most significant byte first. */
const clockBytes = 8;

/** Where a stream has the clock; undefined: its machine has none. */
export function clockPlace(stream: Buffer): number | undefined {
  const found = stream.indexOf(heading);
  const place = found + heading.length + numbers;
  return found < 0 || place + clockBytes > stream.length ? undefined : place;
}

/** The clock of a machine that stands still. QEMU writes its devices for that, which takes it some milliseconds. */
export async function readClock(vm: VirtualMachine, qmp: QmpClient): Promise<Buffer | undefined> {
  const path = join(vm.directory.path, `devices-${randomUUID()}`);
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    const set = await qmp.executeWithDescriptor(file.fd, "add-fd", {});
    try {
      await qmp.execute("xen-save-devices-state", { filename: `/dev/fdset/${set["fdset-id"]}`, live: false });
    } finally {
      await qmp.execute("remove-fd", { "fdset-id": set["fdset-id"] });
    }
  } finally {
    await file.close();
  }
  return readAndRemove(path);
}

async function readAndRemove(path: string): Promise<Buffer | undefined> {
  await using file = await open(path, "r");
  await rm(path);
  const devices = await file.readFile();
  const place = clockPlace(devices);
  return place === undefined ? undefined : devices.subarray(place, place + clockBytes);
}

/** Puts a clock into a state's stream in the place of the one that it has. */
export async function putClock(stream: FileHandle, clock: Buffer): Promise<void> {
  const { size } = await stream.stat();
  const all = Buffer.alloc(size);
  await stream.read(all, 0, size, 0);
  const place = clockPlace(all);
  if (place === undefined) throw new Error("the state has no clock of KVM's");
  await stream.write(clock, 0, clockBytes, place);
}
