import { LodgeError } from "@lodge/api";

/** No comma, slash or blank: `lodge profile assign` separates names by commas, paths by slashes. */
const pattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;

export function checkProfileName(name: string): void {
  if (pattern.test(name)) return;
  throw new LodgeError({
    code: "profile_name_invalid",
    message: `Profile name "${name}" must be 1 to 63 letters, digits, hyphens, underscores or full stops, beginning with a letter or digit.`,
  });
}
