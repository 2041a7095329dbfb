import { expect, it } from "vitest";
import { limitsOfType } from "./instance-type.ts";

it.each([
  ["c2-m4", { "limits.cpu": "2", "limits.memory": "4096MiB" }],
  ["c1-m0.5", { "limits.cpu": "1", "limits.memory": "512MiB" }],
  ["c4", { "limits.cpu": "4" }],
  ["m1", { "limits.memory": "1024MiB" }],
])("%s", (text, limits) => expect(limitsOfType(text)).toEqual(limits));

it.each(["", "t2.micro", "aws:t2.micro", "c2m4", "c-m", "-m4", "m4-c2", "c2-"])("refuses %j", (text) =>
  expect(() => limitsOfType(text)).toThrow("no type of instance"),
);
