import { expect, it } from "vitest";
import { parseRanges } from "./ranges.ts";

it.each([
  ["", []],
  ["0", [0]],
  ["0-2,8", [0, 1, 2, 8]],
  ["(null)", []],
])("reads %j", (text, numbers) => expect(parseRanges(text)).toEqual(numbers));
