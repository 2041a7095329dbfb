import { LodgeError } from "@lodge/api";

/** What is wrong with a device, said of its owner. */
export function invalidDevice(owner: string, name: string, problem: string): LodgeError {
  return new LodgeError({ code: "config_value_invalid", message: `Device "${name}" of ${owner}: ${problem}.` });
}
