import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";
import { Remotes } from "./remotes.ts";

let daemon: FakeDaemon;
let directory: string;
beforeAll(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
});
afterAll(() => daemon.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodge-remote-commands-"));
  Remotes.read({ LODGE_CONF: directory }).add("lab", { address: "https://192.0.2.1:8443" }, undefined);
});
afterEach(() => rmSync(directory, { recursive: true }));

const lodge = (...words: string[]) => runCli(words, { socket: daemon.socket, env: { LODGE_CONF: directory } });
const says = async (...words: string[]) => (await lodge(...words)).stdout.trim();

it("lists, renames and moves what it knows", async () => {
  expect(await says("remote", "list", "-f", "csv")).toBe(
    "local,unix://,lodge,yes\nimages,https://images.linuxcontainers.org,simplestreams,\nlab,https://192.0.2.1:8443,lodge,",
  );
  expect(await says("remote", "rename", "lab", "old")).toBe("Renamed lab to old");
  expect(await says("remote", "set-url", "old", "lab.example.com")).toBe("old is at https://lab.example.com:8443 now.");
  await says("remote", "switch", "old");
  expect(await says("remote", "get-default")).toBe("old");
  expect((await lodge("remote", "remove", "old")).status).toBe(exitStatus.invalid);
  await says("remote", "switch", "local");
  expect(await says("remote", "remove", "old")).toBe("Removed old");
  expect((await lodge("remote", "set-url", "old", "x")).status).toBe(exitStatus.not_found);
  expect((await lodge("remote", "add", "new", "http://x")).status).toBe(exitStatus.invalid);
  expect((await lodge("remote", "add", "local", "x")).status).toBe(exitStatus.conflict);
});

it("is what a name without a remote means", async () => {
  expect(await says("list", "-f", "csv")).toMatch(/^web,/);
  expect(await says("list", "local:", "-f", "csv")).toMatch(/^web,/);
  await says("remote", "switch", "lab");
  expect(await says("list", "local:web", "-f", "csv")).toMatch(/^web,/);
  expect(await says("--remote", "local", "list", "-f", "csv")).toMatch(/^web,/);
  expect(await says("config", "get", "local:web", "user.none")).toBe("");
  expect((await lodge("start", "none:web")).status).toBe(exitStatus.not_found);
  expect((await lodge("list", "--remote", "none")).status).toBe(exitStatus.not_found);
});

it("is completed", async () => {
  expect(await says("__complete", "remote", "switch", "")).toBe("images\nlab\nlocal");
  expect(await says("__complete", "--", "list", "--remote", "la")).toBe("lab");
});
