import type { InstanceType } from "@lodge/api";
import { expect, it } from "vitest";
import { requirementProblem } from "./requirements.ts";

const secure = { "security.secureboot": "true" };

it.each([
  [{}, undefined],
  [{ ...secure, "security.csm": "false" }, undefined],
  [{ ...secure, "security.csm": "true" }, "BIOS"],
  [{ ...secure, "image.requirements.secureboot": "false" }, "Secure Boot"],
  [{ "image.requirements.secureboot": "false" }, undefined],
  [{ "image.requirements.nesting": "true" }, undefined, "virtual-machine" as const],
  [{ "image.requirements.nesting": "true" }, "security.nesting=true"],
  [{ "image.requirements.nesting": "true", "security.nesting": "true" }, undefined],
])("%j: %s", (config, words, type: InstanceType = "container") => {
  const problem = requirementProblem(type, config);
  if (words) expect(problem).toContain(words);
  else expect(problem).toBeUndefined();
});
