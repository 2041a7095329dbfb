import { expect, it } from "vitest";
import { parsePressure } from "./host-memory.ts";

it.each([
  [
    "some avg10=12.50 avg60=1.00 avg300=0.10 total=123456\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=99\n",
    { pressure: 0.125, waited: 123456 },
  ],
  ["", { pressure: 0, waited: 0 }],
])("reads pressure: %j", (text, found) => {
  expect(parsePressure(text)).toEqual(found);
});
