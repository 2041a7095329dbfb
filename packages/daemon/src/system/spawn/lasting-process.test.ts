import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openNull } from "../pipe.ts";
import { startLasting } from "./lasting-process.ts";

const directory = mkdtempSync(join(tmpdir(), "lodge-lasting-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function start(script: string, inherited: readonly number[] = []) {
  const output = join(directory, "output");
  rmSync(output, { force: true });
  const [none, log] = [openNull(), openSync(output, "a", 0o600)];
  try {
    const env = { PATH: process.env["PATH"] };
    const child = startLasting({
      file: "/bin/sh",
      args: ["-c", script],
      env,
      cwd: "/",
      streams: [none, log, log],
      inherited,
    });
    return { child, output: () => readFileSync(output, "utf8") };
  } finally {
    for (const descriptor of [none, log]) closeSync(descriptor);
  }
}

test("it leads a session, and has what it is to inherit under the next numbers and nothing else", async () => {
  // Numbers that are each other's places.
  const files = ["a", "b", "c"].map((name) => join(directory, name));
  const descriptors = files.map((file) => openSync(file, "w+", 0o600)).reverse();
  const script =
    'for n in 3 4 5; do readlink "/proc/self/fd/$n"; done; ls -l /proc/$$/fd | grep -c lodge-lasting-; cut -d " " -f 6 /proc/$$/stat; echo $$';
  const { child, output } = start(script, descriptors);
  for (const descriptor of descriptors) closeSync(descriptor);
  expect(await child.exited).toEqual({ kind: "exit", status: 0 });
  expect(output()).toBe(`${files.reverse().join("\n")}\n5\n${child.pid}\n${child.pid}\n`);
});

test("it can be ended, also twice", async () => {
  const { child } = start("exec sleep 60");
  child.kill("SIGKILL");
  expect(await child.exited).toEqual({ kind: "signal", signal: 9 });
  child.kill("SIGKILL");
});
