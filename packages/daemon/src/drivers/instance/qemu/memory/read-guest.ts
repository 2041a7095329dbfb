import type { GuestAgent } from "@lodge/qmp";
import { readGuestFile } from "../guest/read-guest-file.ts";
import { type GuestReport, guestReport } from "./guest-report.ts";

/** Asks a guest's agent. Undefined: it is no Linux. */
export async function readGuestMemory(agent: GuestAgent): Promise<GuestReport | undefined> {
  const meminfo = await readGuestFile(agent, "/proc/meminfo");
  if (meminfo === undefined) return undefined;
  const vmstat = await readGuestFile(agent, "/proc/vmstat");
  const pressure = await readGuestFile(agent, "/proc/pressure/memory");
  return guestReport({ meminfo, vmstat, pressure });
}
