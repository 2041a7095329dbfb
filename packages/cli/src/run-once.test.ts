import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let socket: string;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  socket = daemon.socket;
});
afterEach(() => daemon.stop());

const run = (...words: string[]) => runCli(["run", ...words], { socket });

test("the status and the streams are the command's, and nothing is left", async () => {
  expect(await run("debian/12", "--", "fail", "42")).toEqual({ status: 42, stdout: "", stderr: "it failed\n" });
  expect(daemon.instances.size).toBe(0);
  expect(await run("debian/12", "echo", "-n")).toMatchObject({ status: 0, stdout: "-n\n" });
  expect((await run("debian/12", "missing")).status).toBe(127);
});

test("standard input is the command's, and no description of the instance", async () => {
  const input = "limits.cpu: 2";
  expect((await runCli(["run", "debian/12", "--", "cat"], { socket, input })).stdout).toBe(input);
});

test("the instance is ephemeral, and mortal until its command runs", async () => {
  const signals = new EventEmitter();
  const running = runCli(["run", "--name", "once", "debian/12", "--", "signal"], {
    ...{ socket, signals, input: new PassThrough() },
  });
  await expect.poll(() => signals.listenerCount("SIGUSR1")).toBe(1);
  expect(daemon.requests).toMatchObject([{ name: "once", ephemeral: true, start: true, config: { ttl: "15m" } }]);
  expect(daemon.instances.get("once")?.config["ttl"]).toBeUndefined();
  signals.emit("SIGTERM");
  expect((await running).status).toBe(15);
});

test("a lifetime that was asked for stays", async () => {
  const signals = new EventEmitter();
  const running = runCli(["run", "--name", "once", "--ttl", "1h", "debian/12", "--", "signal"], {
    ...{ socket, signals, input: new PassThrough() },
  });
  await expect.poll(() => signals.listenerCount("SIGUSR1")).toBe(1);
  expect(daemon.instances.get("once")?.config["ttl"]).toBe("1h");
  signals.emit("SIGINT");
  await running;
});

test("a signal before the command runs ends it all", async () => {
  daemon.bootsSlowly = true;
  const signals = new EventEmitter();
  const running = runCli(["run", "--name", "once", "debian/12", "--", "echo"], { socket, signals });
  await expect.poll(() => daemon.server.seen.some((line) => line.includes("/exec"))).toBe(true);
  signals.emit("SIGINT");
  expect((await running).status).toBe(130);
  expect(daemon.instances.size).toBe(0);
});

test("what is missing is not the command's fault", async () => {
  expect(await run()).toMatchObject({ status: 125, stderr: expect.stringContaining("image") });
});
