/** Writes the generated reference pages. Called by `npm run docs`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../setup/places.mjs";
import { referencePages } from "./pages.mjs";

for (const [path, text] of await referencePages()) {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
  process.stdout.write(`${path}\n`);
}
