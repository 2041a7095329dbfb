/**
 * Puts the compiled daemon and the libraries that it uses into one file: of nearly two thousand modules Node would have to find, read and
 * compile each one whenever the daemon starts. Run by the project's Node, after the compiler.
 */
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { checkout, daemonMain } from "./places.mjs";

/** What loads machine code or threads from beside itself. */
const asTheyAre = ["better-sqlite3", "koffi", "pino", "ssh2"];

/** What Node keeps of the bundle once a daemon has compiled it: beside the bundle, as it is of no use to another. */
const compileCache = "compile-cache";

/** Compiling the bundle takes a third of a start: it comes after Node has been told where it keeps what is compiled. */
const entry = `#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";
enableCompileCache(join(import.meta.dirname, "${compileCache}"));
await import("./lodged-bundle.js");
`;

const dist = dirname(daemonMain);
const bundle = await rolldown({
  input: join(checkout, "packages", "daemon", "dist", "main.js"),
  platform: "node",
  external: [/^node:/, ...asTheyAre],
  logLevel: "warn",
});
await bundle.write({ file: join(dist, "lodged-bundle.js"), format: "esm", sourcemap: true, codeSplitting: false });
await bundle.close();
rmSync(join(dist, compileCache), { recursive: true, force: true });
writeFileSync(daemonMain, entry, { mode: 0o755 });
