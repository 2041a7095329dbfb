import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let socket: string;

beforeEach(async () => {
  daemon = await FakeDaemon.start([
    { name: "web" },
    { name: "slow", ready: false },
    { name: "off", status: "Stopped", ready: false },
  ]);
  socket = daemon.socket;
});
afterEach(() => daemon.stop());

test("output, errors and status are the command's", async () => {
  expect(await runCli(["exec", "web", "--", "echo", "-n", "hi"], { socket })).toEqual({
    status: 0,
    stdout: "-n hi\n",
    stderr: "",
  });
  expect(await runCli(["exec", "web", "--", "fail", "42"], { socket })).toEqual({
    status: 42,
    stdout: "",
    stderr: "it failed\n",
  });
  expect((await runCli(["exec", "web", "missing"], { socket })).status).toBe(127);
});

test("standard input goes in", async () => {
  expect((await runCli(["exec", "web", "--", "cat"], { socket, input: "some\ninput" })).stdout).toBe("some\ninput");
});

test("signals are passed on", async () => {
  const signals = new EventEmitter();
  const running = runCli(["exec", "web", "--", "signal"], { socket, signals, input: new PassThrough() });
  await expect.poll(() => signals.listenerCount("SIGTERM")).toBe(1);
  signals.emit("SIGTERM");
  expect((await running).status).toBe(15);
  expect(signals.listenerCount("SIGTERM")).toBe(0);
});

test("-t gives a terminal, with its size and raw keys, and puts the mode back", async () => {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) });
  const running = runCli(["exec", "web", "-t", "--", "size"], { socket, columns: 100, input });
  await expect.poll(() => modes.length).toBe(1);
  (await daemon.operations.socket("control")).emit("message", '{"args":{"width":1,"height":1}}');
  expect(await running).toMatchObject({ status: 0, stdout: "100x24\n1x1\n" });
  expect(modes).toEqual([true, false]);
});

test("a guest that boots is waited for", async () => {
  const running = runCli(["exec", "slow", "--", "echo", "up"], { socket });
  await expect.poll(() => daemon.server.seen.some((line) => line.includes("/events"))).toBe(true);
  daemon.becomeReady("slow");
  expect(await running).toMatchObject({ status: 0, stdout: "up\n" });
});

test("--no-wait and --timeout bound it", async () => {
  expect(await runCli(["exec", "slow", "--no-wait", "--", "true"], { socket })).toMatchObject({
    status: 125,
    stderr: expect.stringContaining("does not answer yet"),
  });
  expect(await runCli(["exec", "slow", "--timeout", "0", "--", "true"], { socket })).toMatchObject({
    status: 125,
    stderr: expect.stringContaining("was not ready within 0 s"),
  });
});

test("a stopped instance is an error at once that says what to do", async () => {
  expect(await runCli(["exec", "off", "--", "true"], { socket })).toMatchObject({
    status: 125,
    stderr: expect.stringContaining("lodge start off"),
  });
});
