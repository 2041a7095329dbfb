import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let socket: string;
let here: string;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
  socket = daemon.socket;
  here = await mkdtemp(join(tmpdir(), "lodge-cli-files-"));
  await mkdir(join(here, "site/sub"), { recursive: true });
  await writeFile(join(here, "site/index"), "hello");
  await writeFile(join(here, "site/sub/run"), "#!/bin/sh");
  await chmod(join(here, "site/sub/run"), 0o750);
  await symlink("index", join(here, "site/link"));
});
afterEach(async () => {
  await daemon.stop();
  await rm(here, { recursive: true });
});

const there = (path: string) => daemon.files.byPath.get(path);

test("one file, into a directory or under another name, with its mode", async () => {
  await runCli(["file", "push", join(here, "site/sub/run"), "web/root"], { socket });
  await runCli(["file", "push", join(here, "site/sub/run"), "web/root/other", "--mode", "600", "--uid", "7"], {
    socket,
  });
  expect(there("/root/run")).toMatchObject({ type: "file", mode: 0o750, content: "#!/bin/sh" });
  expect(there("/root/other")).toMatchObject({ mode: 0o600, uid: 7 });
});

test("a directory goes and comes back whole", async () => {
  const pushed = await runCli(["file", "push", "-r", join(here, "site"), "web/root/"], { socket });
  expect(pushed).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(there("/root/site/link")).toMatchObject({ type: "symlink", content: "index" });
  const back = join(here, "back");
  expect(await runCli(["file", "pull", "-r", "web/root/site", back], { socket })).toMatchObject({
    status: 0,
    stderr: "",
  });
  expect(await readFile(join(back, "index"), "utf8")).toBe("hello");
  expect((await lstat(join(back, "sub/run"))).mode & 0o7777).toBe(0o750);
  expect(await readlink(join(back, "link"))).toBe("index");
});

test("a link that is named leads to its file", async () => {
  daemon.files.byPath.set("/root/here", { type: "file", uid: 0, gid: 0, mode: 0o644, content: "found" });
  daemon.files.byPath.set("/link", { type: "symlink", uid: 0, gid: 0, mode: 0o777, content: "root/../root/here" });
  daemon.files.byPath.set("/loop", { type: "symlink", uid: 0, gid: 0, mode: 0o777, content: "loop" });
  expect((await runCli(["file", "pull", "web/link", "-"], { socket })).stdout).toBe("found");
  expect(await runCli(["file", "pull", "web/loop", "-"], { socket })).toMatchObject({ status: 2 });
});

test("standard input and output", async () => {
  await runCli(["file", "push", "-", "web/etc/motd", "-p"], { socket, input: "welcome\n" });
  expect(there("/etc")?.type).toBe("directory");
  expect((await runCli(["file", "pull", "web/etc/motd", "-"], { socket })).stdout).toBe("welcome\n");
});

test("delete", async () => {
  await runCli(["file", "push", "-", "web/root/x"], { socket, input: "x" });
  expect(await runCli(["file", "delete", "web/root/x"], { socket })).toMatchObject({ status: 0 });
  expect(await runCli(["file", "delete", "web/root/x"], { socket })).toMatchObject({ status: 3 });
});

test("a guest cannot write outside of the directory that is pulled to", async () => {
  daemon.files.byPath.set("/root/..", { type: "file", uid: 0, gid: 0, mode: 0o644, content: "" });
  const result = await runCli(["file", "pull", "-r", "web/root", join(here, "back")], { socket });
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('impossible name ".."') });
});

test.each([
  [["push", "nix", "web/root/"], 3, "There is no file nix here"],
  [["push", "a", "b", "web/root/file"], 2, "several files need one"],
  [["push", ".", "web/root/d"], 2, "push -r"],
  [["pull", "web/root", "."], 2, "pull -r"],
  [["pull", "web/nix", "."], 3, "no /nix"],
  [["push", "a", "web"], 2, "INSTANCE/path"],
  [["push", "a"], 2, "target"],
])("lodge file %j ends with %i", async (argv, status, words) => {
  const result = await runCli(["file", ...argv], { socket });
  expect(result.stderr).toContain(words);
  expect(result.status).toBe(status);
});

test("files are edited in place: owner and mode stay", async () => {
  daemon.files.byPath.set("/root/conf", { type: "file", uid: 5, gid: 6, mode: 0o640, content: "old" });
  daemon.files.byPath.set("/link", { type: "symlink", uid: 0, gid: 0, mode: 0o777, content: "root/conf" });
  await runCli(["file", "edit", "web/link"], { socket, input: "piped" });
  expect(there("/root/conf")).toEqual({ type: "file", uid: 5, gid: 6, mode: 0o640, content: "piped" });
  const editor = join(here, "editor");
  await writeFile(editor, '#!/bin/sh\necho edited > "$1"\n', { mode: 0o755 });
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
  await runCli(["file", "edit", "web/root/conf"], { socket, input: terminal(), env: { EDITOR: editor } });
  expect(there("/root/conf")).toEqual({ type: "file", uid: 5, gid: 6, mode: 0o640, content: "edited\n" });
  const same = await runCli(["file", "edit", "web/root/conf"], { socket, input: terminal(), env: { EDITOR: "true" } });
  expect(same.stderr).toBe("Nothing was changed.\n");
  expect(await runCli(["file", "edit", "web/root"], { socket, input: "" })).toMatchObject({ status: 2 });
});

test("files, directories and links are made", async () => {
  const create = async (...words: string[]) => (await runCli(["file", "create", ...words], { socket })).status;
  expect(await create("web/root/a", "--mode", "600", "--uid", "7")).toBe(0);
  expect(await create("web/root/x/y/", "-p")).toBe(0);
  expect(await create("web/root/l", "/target")).toBe(0);
  expect(there("/root/a")).toMatchObject({ type: "file", mode: 0o600, uid: 7, content: "" });
  expect(there("/root/x/y")).toMatchObject({ type: "directory" });
  expect(there("/root/l")).toMatchObject({ type: "symlink", content: "/target" });
  expect(await create("web/root/l", "/other")).toBe(2);
  expect(await create("web/root/l", "/other", "-f")).toBe(0);
  expect(there("/root/l")).toMatchObject({ content: "/other" });
  expect(await create("web/root/b", "--type", "symlink")).toBe(2);
});
