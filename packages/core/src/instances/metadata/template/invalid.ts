import { LodgeError } from "@lodge/api";

export function invalidTemplate(problem: string): LodgeError {
  return new LodgeError({ code: "template_file_invalid", message: `The template cannot be used: ${problem}.` });
}
