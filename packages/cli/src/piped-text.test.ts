import { PassThrough } from "node:stream";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
});
afterEach(() => daemon.stop());

const yaml = "config: {user.a: b, volatile.uuid: x, image.os: Debian}\nprofiles: [small]\ndescription: piped\n";
const silent = "nothing comes";
const sent = () => daemon.requests.at(-1);
const launch = (input: string | PassThrough, ...more: string[]) =>
  runCli(["launch", "tiny", "web", ...more], { socket: daemon.socket, input });

test("YAML on standard input is what an instance is to be, as far as options do not say otherwise", async () => {
  expect(await launch(yaml)).toMatchObject({ status: 0 });
  expect(sent()).toMatchObject({ config: { "user.a": "b" }, profiles: ["small"], description: "piped" });
  daemon.instances.clear();
  await launch(yaml, "-c", "user.a=c", "--no-profiles");
  expect(sent()).toMatchObject({ config: { "user.a": "c" }, profiles: [] });
});

test("who has begun to write is waited for", async () => {
  const input = new PassThrough();
  input.write("config:\n");
  setTimeout(() => input.end("  user.late: 'yes'\n"), 1500);
  const { status, stderr } = await launch(input);
  expect(status).toBe(0);
  expect(stderr).not.toContain(silent);
  expect(sent()).toMatchObject({ config: { "user.late": "yes" } });
});

test("a pipe that is open and silent holds nothing up", async () => {
  const open = new PassThrough();
  const { status, stderr } = await launch(open);
  expect(status).toBe(0);
  expect(stderr).toContain(silent);
});

test("a terminal is not read", async () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const { status, stderr } = await launch(terminal);
  expect(status).toBe(0);
  expect(stderr).not.toContain(silent);
});

test("what is no YAML of an instance is refused, as the rest of a script's input", async () => {
  const { status, stderr } = await launch("web2\nweb3\n");
  expect(status).toBe(2);
  expect(stderr).toContain("no YAML of an instance");
  expect(stderr).toContain("</dev/null");
});
