import { expect, it } from "vitest";
import { shortBytes } from "./short-bytes.ts";

it.each([
  [0, "0"],
  [912.4, "912"],
  [1023.6, "1.0K"],
  [1024, "1.0K"],
  [1.5 * 2 ** 20, "1.5M"],
  [412 * 2 ** 20, "412M"],
  [1023.9 * 2 ** 20, "1.0G"],
  [23.4 * 2 ** 30, "23.4G"],
])("%d is %s", (bytes, text) => expect(shortBytes(bytes)).toBe(text));
