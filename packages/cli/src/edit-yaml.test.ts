import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let scratch: string;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
  scratch = mkdtempSync(join(tmpdir(), "lodge-editor-"));
});
afterEach(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await daemon.stop();
});

/** An editor that puts these texts into the file, one each time it is called; it keeps what it was given. */
function editor(...texts: string[]): string {
  for (const [index, text] of texts.entries()) writeFileSync(join(scratch, `text${index}`), text);
  const script = join(scratch, "editor");
  const steps = [
    `n=$(cat ${scratch}/n 2>/dev/null || echo 0)`,
    `cp "$1" ${scratch}/given`,
    `[ ! -e ${scratch}/text$n ] || cp ${scratch}/text$n "$1"`,
    `echo $((n + 1)) > ${scratch}/n`,
  ];
  writeFileSync(script, `#!/bin/sh\n${steps.join("\n")}\n`, { mode: 0o755 });
  return script;
}

/** A terminal on which these keys are typed. */
function terminal(keys = "") {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.write(keys);
  return input;
}

const edit = (program: string, keys?: string) =>
  runCli(["config", "edit", "web"], { socket: daemon.socket, input: terminal(keys), env: { EDITOR: program } });
const config = () => daemon.instances.get("web")?.config;
const changes = () => daemon.server.seen.filter((line) => line.startsWith("PUT"));

test("what is saved in the editor is sent", async () => {
  expect(await edit(editor("config: {user.a: b}"))).toMatchObject({ status: 0, stderr: "" });
  expect(config()).toEqual({ "user.a": "b" });
  const given = readFileSync(join(scratch, "given"), "utf8");
  expect(given).toMatch(/^# Instance web\./);
  expect(given).toContain("profiles:\n  - default\n");
});

test("what is left as it is is not sent", async () => {
  expect(await edit(editor())).toMatchObject({ status: 0, stderr: "Nothing was changed.\n" });
  expect(changes()).toEqual([]);
});

test("what is wrong is said, and may be edited again", async () => {
  const done = await edit(editor("config: {user.a: b", "config: {user.a: c}"), "\n");
  expect(done.status).toBe(0);
  expect(done.stderr).toContain("This is no YAML of an instance");
  expect(config()).toEqual({ "user.a": "c" });
});

test("what is given up is kept in a file", async () => {
  const text = "config: {user.a: b";
  const input = terminal();
  input.end();
  const given = await runCli(["config", "edit", "web"], {
    socket: daemon.socket,
    input,
    env: { VISUAL: editor(text), EDITOR: "false" },
  });
  expect(given.status).toBe(2);
  const [, path = ""] = /Your text is in (.*)\.\n$/.exec(given.stderr) ?? [];
  expect(readFileSync(path, "utf8")).toBe(text);
  rmSync(dirname(path), { recursive: true });
});

test("another's change meanwhile is not overwritten", async () => {
  const program = editor("config: {user.a: b}");
  daemon.server.on("PUT", /^\/1\.0\/instances\/web$/, () => {
    const error = { type: "error", error: "web has changed.", error_code: 412, metadata: { code: "etag_mismatch" } };
    return { status: 412, body: JSON.stringify(error) };
  });
  const stale = await edit(program);
  expect(stale).toMatchObject({ status: 5 });
  const [, path = ""] = /Your text is in (.*)\.\n/.exec(stale.stderr) ?? [];
  expect(existsSync(path)).toBe(true);
  rmSync(dirname(path), { recursive: true });
});

test.each([
  ["false", "ended with status 1"],
  ["/no/such/editor", "cannot be run"],
])("the editor %s that fails changes nothing", async (program, problem) => {
  const failed = await edit(program);
  expect(failed.status).toBe(2);
  expect(failed.stderr).toContain(problem);
  expect(changes()).toEqual([]);
});
