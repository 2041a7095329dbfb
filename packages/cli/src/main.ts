#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { run } from "./run.ts";
import { flush } from "./terminal/flush.ts";
import type { Surroundings } from "./terminal/streams.ts";

// A background compilation that waits for the main thread to collect garbage holds up the end of the process for ever
// (nodejs/node#54918). A command is over before optimized code would pay.
for (const flag of ["--no-opt", "--no-maglev"]) setFlagsFromString(flag);

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

const status = await run(process.argv.slice(2), surroundings);
for (const stream of [process.stdout, process.stderr]) await flush(stream);
process.exit(status);
