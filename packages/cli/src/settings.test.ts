import { FakeDaemon } from "@lodge/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
const lodge = (...argv: string[]) => runCli(argv, { socket: daemon.socket });

beforeAll(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
});
afterAll(() => daemon.stop());

test("config without an instance is the server's", async () => {
  for (const words of [
    ["templates.enabled=false", "user.a=b"],
    ["templates.budget", "1GiB"],
  ])
    expect(await lodge("config", "set", ...words)).toMatchObject({ status: 0 });
  expect((await lodge("config", "get", "templates.budget")).stdout).toBe("1GiB\n");
  await lodge("config", "unset", "templates.budget", "user.a");
  expect((await lodge("config", "show")).stdout).toBe('config:\n  templates.enabled: "false"\n');
  expect((await lodge("config", "set", "web")).stderr).toContain("What of web is to be set?");
  expect(await lodge("config", "set", "web", "user.a=1")).toMatchObject({ status: 0 });
});

test("a project's configuration keeps what is not named", async () => {
  await lodge("project", "set", "default", "templates.enabled=false");
  expect((await lodge("project", "get", "default", "templates.enabled")).stdout).toBe("false\n");
  expect((await lodge("project", "show", "default")).stdout).toContain('features.images: "true"');
  await lodge("project", "unset", "default", "templates.enabled");
  expect((await lodge("project", "get", "default", "templates.enabled")).stdout).toBe("\n");
  expect((await lodge("project", "list", "-f", "csv")).stdout).toContain("default");
});
