import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../setup/places.mjs";
import { referencePages } from "./pages.mjs";

test.each([...(await referencePages())])("%s is what the code says (`npm run docs`)", (path, text) => {
  expect(readFileSync(join(checkout, path), "utf8")).toBe(text);
});
