import { type Config, type InstanceType, isTrue, LodgeError } from "@lodge/api";

const isFalse = (value: string | undefined): boolean => Boolean(value) && !isTrue(value);

/** What does not go together, in the terms of whoever asked for it: settings, and what the image says that it needs. */
export function requirementProblem(type: InstanceType, config: Config): string | undefined {
  const secureBoot = isTrue(config["security.secureboot"]);
  if (secureBoot && isTrue(config["security.csm"])) {
    return "asks for Secure Boot, which is UEFI's, and for a BIOS: unset security.secureboot or security.csm";
  }
  if (secureBoot && isFalse(config["image.requirements.secureboot"])) {
    return "has an image that does not start under Secure Boot: unset security.secureboot";
  }
  if (type === "container" && isTrue(config["image.requirements.nesting"]) && !isTrue(config["security.nesting"])) {
    return "has an image that needs nesting: set security.nesting=true";
  }
  return undefined;
}

/** Refuses settings that contradict each other or the image. */
export function checkRequirements(owner: string, type: InstanceType, config: Config): void {
  const problem = requirementProblem(type, config);
  if (problem) throw new LodgeError({ code: "config_value_invalid", message: `Configuration of ${owner} ${problem}.` });
}
