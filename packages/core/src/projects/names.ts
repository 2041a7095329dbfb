import { LodgeError } from "@lodge/api";

/** A name in DNS, behind those of its instances: `web.blue.lodge`. */
const pattern = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/;

export function checkProjectName(name: string): void {
  if (pattern.test(name) && !name.includes("..")) return;
  throw new LodgeError({
    code: "project_name_invalid",
    message: `Project name "${name}" must be 1 to 63 letters, digits, hyphens or full stops, and begin and end with a letter or digit.`,
  });
}
