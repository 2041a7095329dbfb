import { expect, test } from "vitest";
import { noPaint } from "../terminal/colour.ts";
import { eventLine } from "./event-line.ts";

const at = { timestamp: "2026-01-02T03:04:05.678901Z", location: "none", project: "default" };

test.each([
  [
    { type: "lifecycle" as const, metadata: { action: "instance-started", source: "/1.0/instances/web?project=x" } },
    "03:04:05.678  lifecycle  instance-started  web",
  ],
  [
    {
      type: "operation" as const,
      metadata: {
        description: "Building image",
        resources: {},
        status: "Running",
        metadata: { build_progress: "12% installing" },
        err: "",
      },
    },
    "03:04:05.678  operation  Building image  Running: 12% installing",
  ],
  [
    { type: "logging" as const, metadata: { level: "info", message: "Ready", context: { a: "1" } } },
    '03:04:05.678  logging    info Ready  {"a":"1"}',
  ],
])("%j", (event, line) => expect(eventLine({ ...at, ...event }, noPaint)).toBe(line));
