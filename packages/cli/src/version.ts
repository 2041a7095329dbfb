import { readFileSync } from "node:fs";

/** Of the CLI itself: its package's. */
export function clientVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
