import { LodgeError } from "@lodge/api";
import type { InstanceRecord } from "../store.ts";
import { driverOf, type InstanceDependencies } from "./dependencies.ts";
import type { Screens } from "./driver.ts";

/** What shows an instance's screen; `not_supported` where there is none. */
export function screensOf(deps: InstanceDependencies, { name, type }: InstanceRecord): Screens {
  const driver = driverOf(deps, type);
  if (isScreens(driver)) return driver;
  throw new LodgeError({
    code: "not_supported",
    message: `Instance "${name}" is a ${type} and has neither screen nor keyboard; use "lodge console ${name}".`,
  });
}

const isScreens = (driver: Partial<Screens>): driver is Screens => driver.viewScreen !== undefined;
