import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
});
afterEach(() => daemon.stop());

const volume = (...words: string[]) => runCli(["storage", "volume", ...words], { socket: daemon.socket });

const devices = () => daemon.instances.get("web")?.devices;

test.each([
  [["/srv/data"], { data: { path: "/srv/data" } }],
  [["files", "/srv/data"], { files: { path: "/srv/data" } }],
  [["disk1"], { disk1: {} }],
  [[], { data: {} }],
])("attach default data web %j", async (words, expected) => {
  expect(await volume("attach", "default", "data", "web", ...words)).toMatchObject({ status: 0 });
  const [[name, more] = ["", {}]] = Object.entries(expected);
  expect(devices()).toEqual({ [name]: { type: "disk", pool: "default", source: "data", ...more } });
});

test("a device's name is taken once, and detaching asks which of several is meant", async () => {
  await volume("attach", "default", "data", "web", "/a");
  expect((await volume("attach", "default", "data", "web", "/b")).stderr).toContain('a device "data" already');
  await volume("attach", "default", "data", "web", "second", "/b");
  expect((await volume("detach", "default", "data", "web")).stderr).toContain("data, second");
  expect((await volume("detach", "default", "data", "web", "second")).status).toBe(0);
  expect((await volume("detach", "default", "data", "web")).status).toBe(0);
  expect((await volume("detach", "default", "data", "web")).stderr).toContain("no such device");
});

test("a copy's ends name their pools", async () => {
  expect(await volume("copy", "data", "default/two")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("POOL/VOLUME"),
  });
});
