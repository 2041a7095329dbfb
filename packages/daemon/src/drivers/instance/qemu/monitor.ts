import { connectQmp, type QmpClient, type QmpConnectOptions } from "@lodge/qmp";
import { sendDescriptor } from "../../../system/send-descriptor.ts";

/** Connects to a QEMU's monitor, over which descriptors go, too. */
export function connectMonitor(options: Omit<QmpConnectOptions, "sendDescriptor">): Promise<QmpClient> {
  return connectQmp({ ...options, sendDescriptor });
}
