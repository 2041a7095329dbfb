import { closeSync, openSync } from "node:fs";
import type { Event } from "@lodge/api";
import { EventBus } from "@lodge/core";
import pino from "pino";
import { expect, it, onTestFinished } from "vitest";
import { announceLog } from "./log-events.ts";
import { LogOutput } from "./log-output.ts";

function setUp() {
  const file = openSync("/dev/null", "w");
  onTestFinished(() => closeSync(file));
  const output = new LogOutput(file);
  const events = new EventBus(() => new Date());
  const seen: Event[] = [];
  events.subscribe((event) => seen.push(event));
  announceLog(output, events);
  return { log: pino({ level: "debug", base: { pid: 1 } }, output), events, seen };
}

it("says what is logged in LXD's words, of no project, with texts alone as context", () => {
  const { log, seen } = setUp();
  log.debug("quiet");
  log.info({ instance: "web", size: 3 }, "grown");
  log.child({ operation: "x" }).warn({ err: new Error("no room"), of: { pool: "fast" }, none: null }, "not grown");
  log.error({}, "lost");
  expect(seen.map(({ type, project, metadata }) => ({ type, project, metadata }))).toEqual(
    [
      { level: "debug", message: "quiet", context: {} },
      { level: "info", message: "grown", context: { instance: "web", size: "3" } },
      {
        ...{ level: "warning", message: "not grown" },
        context: { operation: "x", err: "no room", of: '{"pool":"fast"}', none: "null" },
      },
      { level: "error", message: "lost", context: {} },
    ].map((metadata) => ({ type: "logging", project: "", metadata })),
  );
});

it("says nothing of what those say who hear it, and fails for nobody", () => {
  const { log, events, seen } = setUp();
  events.subscribe(() => log.warn({}, "heard"));
  events.subscribe(() => {
    throw new Error("deaf");
  });
  log.info({}, "one");
  log.info({}, "two");
  expect(seen.map(({ metadata }) => metadata)).toMatchObject([{ message: "one" }, { message: "two" }]);
});
