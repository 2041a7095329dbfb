/** What is tested: the built programs of this checkout, as `npm start` runs them. */
import { join } from "node:path";

export const checkout = join(import.meta.dirname, "..", "..");
/** Benchmarks compare with the programs of another checkout. */
const built = process.env["LODGE_BUILT"] || checkout;
export const daemonMain = join(built, "packages", "daemon", "dist", "lodged.js");
export const cliMain = join(built, "packages", "cli", "dist", "lodge.js");
