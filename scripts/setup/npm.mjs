/** The npm that came with the Node which runs this script, called as a program of any Node. */
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { SetupFailure } from "./failure.mjs";

/** Path of npm's own JavaScript. */
export function npmProgram() {
  const candidates = [
    process.env["npm_execpath"] ?? "",
    join(dirname(dirname(process.execPath)), "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    ...(process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "npm")),
  ];
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue;
    const program = realpathSync(candidate);
    if (basename(program) === "npm-cli.js") return program;
  }
  throw new SetupFailure("npm was not found; install it (Debian package npm) and try again.");
}
