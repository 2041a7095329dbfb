/** What is tested: the built programs of this checkout, as `npm start` runs them. */
import { join } from "node:path";

export const checkout = join(import.meta.dirname, "..", "..");
export const daemonMain = join(checkout, "packages", "daemon", "dist", "lodged.js");
export const cliMain = join(checkout, "packages", "cli", "dist", "lodge.js");
