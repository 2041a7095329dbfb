import { closeSync, openSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { type CaptureRequest, capture } from "./capture.ts";
import { endingOf } from "./children.ts";
import { isMissing } from "./posix-spawn.ts";

const shell = (script: string, more: Partial<CaptureRequest> = {}) =>
  capture({ file: "sh", args: ["-c", script], env: { PATH: process.env["PATH"] }, timeout: 20_000, ...more });

test("a program's streams, status, arguments, environment, directory and input are its own", async () => {
  const script = `echo "$1 $WORD $(pwd)"; cat; echo trouble >&2; exit 3`;
  const request = { args: ["-c", script, "sh", "a b"], env: { PATH: process.env["PATH"], WORD: "word" }, cwd: "/usr" };
  expect(await shell("", { ...request, input: "in" })).toEqual({
    ending: { kind: "exit", status: 3 },
    stdout: "a b word /usr\nin",
    stderr: "trouble\n",
  });
});

test("without input it reads nothing, and it inherits no files of the daemon's", async () => {
  const count = async () => (await shell("cat; ls /proc/self/fd | wc -l")).stdout;
  const before = await count();
  const file = openSync("/dev/null", "r");
  expect(await count()).toBe(before);
  closeSync(file);
});

test("much output is read while it runs, and many run at once", async () => {
  const script = "head -c 300000 /dev/zero | tr '\\0' x";
  const all = await Promise.all(Array.from({ length: 20 }, () => shell(script)));
  for (const { stdout, ending } of all) expect([stdout.length, ending]).toEqual([300_000, { kind: "exit", status: 0 }]);
});

test("none that ends at once is missed", async () => {
  for (let round = 0; round < 200; round++) {
    const { ending } = await capture({ file: "true", args: [], env: { PATH: process.env["PATH"] }, timeout: 20_000 });
    expect(ending).toEqual({ kind: "exit", status: 0 });
  }
});

test("it is ended when its time is over, or nobody wants it any more", async () => {
  const late = await shell("sleep 60 & wait", { timeout: 50 });
  expect(late).toMatchObject({ cut: "time", ending: { kind: "signal", signal: 15 } });
  const abort = new AbortController();
  const unwanted = shell("echo begun; exec sleep 60", { signal: abort.signal });
  setImmediate(() => abort.abort());
  expect(await unwanted).toMatchObject({ cut: "abort" });
  await expect(shell("true", { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

test("a program that is not there is told, and leaves no descriptor open", async () => {
  const before = readdirSync("/proc/self/fd").length;
  const missing = await capture({ file: "no-such-program", args: [], env: {}, timeout: 1_000, input: "x" }).catch(
    (error: unknown) => error,
  );
  expect(isMissing(missing)).toBe(true);
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});

test("a program that does not read its input ends, and SIGPIPE is not ignored", async () => {
  expect(await shell("true", { input: "x".repeat(1_000_000) })).toMatchObject({ ending: { status: 0 } });
  expect(await shell("yes | head -n 1")).toMatchObject({ stdout: "y\n" });
});

test.each([
  [0, { kind: "exit", status: 0 }],
  [0x0300, { kind: "exit", status: 3 }],
  [9, { kind: "signal", signal: 9 }],
  [0x8b, { kind: "signal", signal: 11 }],
])("status %i is read as wait(2) says", (status, ending) => {
  expect(endingOf(status)).toEqual(ending);
});
