import { isObject, type WireObject } from "./message-reader.ts";

/** The QMP events that Lodge acts upon; QEMU sends others too. */
export type QmpEventName =
  | "SHUTDOWN"
  | "RESET"
  | "POWERDOWN"
  | "STOP"
  | "RESUME"
  | "GUEST_PANICKED"
  | "BLOCK_IMAGE_CORRUPTED"
  | "BLOCK_IO_ERROR"
  | "BLOCK_JOB_CANCELLED"
  | "BLOCK_JOB_COMPLETED"
  | "DEVICE_DELETED"
  | "DEVICE_UNPLUG_GUEST_ERROR"
  | "MIGRATION"
  | "VSERPORT_CHANGE";

export interface QmpEvent {
  readonly name: QmpEventName | (string & {});
  /** As QEMU's qapi describes it for the event; not checked. */
  readonly data: WireObject;
  readonly at: Date;
}

/** The event in a message, or undefined when it is none. */
export function eventOf(message: WireObject): QmpEvent | undefined {
  const name = message["event"];
  if (typeof name !== "string") return undefined;
  const { data, timestamp } = message;
  return { name, data: isObject(data) ? data : {}, at: timeOf(timestamp) };
}

function timeOf(timestamp: unknown): Date {
  if (!isObject(timestamp)) return new Date(0);
  const { seconds, microseconds } = timestamp;
  return new Date(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000));
}
