#!/usr/bin/env node
import { run } from "./run.ts";
import type { Surroundings } from "./terminal/streams.ts";

const surroundings: Surroundings = {
  // Most commands never read it, and opening it may change a terminal's mode.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
};

// A reader that has seen enough (`lodge list | head -1`) is no failure: the status is that of SIGPIPE.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 141 : 1));
}

process.exit(await run(process.argv.slice(2), surroundings));
