/** The page on which guest tests show the screens that they saw. */
import { chownSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../setup/places.mjs";

const results = join(checkout, "test-results");
/** Where tests put them: `LODGE_TEST_PICTURES`. */
export const screensFolder = join(results, "screens");

/** Forgets those of an earlier run. */
export function clearScreens() {
  rmSync(screensFolder, { recursive: true, force: true });
}

/**
 * The page's path, if there is one. The files are made the checkout's owner's.
 * @returns {string | undefined}
 */
export function screensPage() {
  const page = join(screensFolder, "index.html");
  if (!existsSync(page)) return undefined;
  const { uid, gid } = statSync(checkout);
  const files = readdirSync(screensFolder).map((name) => join(screensFolder, name));
  for (const path of [results, screensFolder, ...files]) chownSync(path, uid, gid);
  return page;
}
