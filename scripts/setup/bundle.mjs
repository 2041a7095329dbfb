/**
 * Puts the compiled daemon and the libraries that it uses into one file: of nearly two thousand modules Node would have to find, read and
 * compile each one whenever the daemon starts. Of the CLI makes a file for each command, and some that commands share: what a command
 * needs is in few of them. Run by the project's Node, after the compiler.
 */
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { checkout, cliMain, daemonMain } from "./places.mjs";

/** What loads machine code or threads from beside itself. */
const asTheyAre = ["better-sqlite3", "koffi", "pino", "ssh2"];

/** What Node keeps of the bundle once a daemon has compiled it: beside the bundle, as it is of no use to another. */
const compileCache = "compile-cache";

/**
 * Compiling the bundle takes a third of a start: it comes after Node has been told where it keeps what is compiled, and after the daemon has
 * gone where it is to be, because it begins anew there.
 */
const entry = `#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";
enableCompileCache(join(import.meta.dirname, "${compileCache}"));
const { enter } = await import("./enter-bundle.js");
await enter();
await import("./lodged-bundle.js");
`;

const dist = dirname(daemonMain);
for (const { input, output } of [
  { input: "enter.js", output: "enter-bundle.js" },
  { input: "main.js", output: "lodged-bundle.js" },
]) {
  const bundle = await rolldown({
    input: join(dist, input),
    platform: "node",
    external: [/^node:/, ...asTheyAre],
    logLevel: "warn",
  });
  await bundle.write({ file: join(dist, output), format: "esm", sourcemap: true, codeSplitting: false });
  await bundle.close();
}
rmSync(join(dist, compileCache), { recursive: true, force: true });
writeFileSync(daemonMain, entry, { mode: 0o755 });

const commands = await rolldown({
  input: join(checkout, "packages", "cli", "dist", "main.js"),
  platform: "node",
  external: [/^node:/, ...asTheyAre],
  logLevel: "warn",
});
const cli = dirname(cliMain);
const piece = "bundled-";
for (const name of readdirSync(cli).filter((each) => each.startsWith(piece))) rmSync(join(cli, name));
await commands.write({
  dir: cli,
  entryFileNames: basename(cliMain),
  chunkFileNames: `${piece}[name]-[hash].js`,
  format: "esm",
});
await commands.close();
chmodSync(cliMain, 0o755);
