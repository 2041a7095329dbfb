/**
 * Puts the compiled daemon and the libraries that it uses into one file: of nearly two thousand modules Node would have to find, read and
 * compile each one whenever the daemon starts. Run by the project's Node, after the compiler.
 */
import { join } from "node:path";
import { rolldown } from "rolldown";
import { checkout, daemonMain } from "./places.mjs";

/** What loads machine code or threads from beside itself. */
const asTheyAre = ["better-sqlite3", "koffi", "pino", "ssh2"];

const bundle = await rolldown({
  input: join(checkout, "packages", "daemon", "dist", "main.js"),
  platform: "node",
  external: [/^node:/, ...asTheyAre],
  logLevel: "warn",
});
await bundle.write({ file: daemonMain, format: "esm", sourcemap: true, codeSplitting: false });
await bundle.close();
