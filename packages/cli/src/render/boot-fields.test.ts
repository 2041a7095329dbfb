import { fakeInstance } from "@lodge/sdk/testing";
import { expect, test } from "vitest";
import { bootSettings, comingStarts } from "./boot-fields.ts";

const now = new Date("2026-01-02T03:04:05Z");
const never = "0001-01-01T00:00:00Z";

test.each([
  ["Running", undefined, []],
  ["Running", { restarts: 2, next_start_at: never, why: "crash\nmore" }, [["Restarts", "2 in a row. crash"]]],
  [
    "Starting",
    { restarts: 3, next_start_at: "2026-01-02T03:04:09Z", why: "crash" },
    [
      ["Next start", "in 4s. crash"],
      ["Restarts", "3 in a row"],
    ],
  ],
  [
    "Starting",
    { restarts: 0, next_start_at: "2026-01-02T03:04:01Z", why: "The host was started." },
    [
      ["Next start", "when it is its turn. The host was started."],
      ["Restarts", ""],
    ],
  ],
  ["Error", { restarts: 2, next_start_at: never, why: "given up\nlast words" }, [["Problem", "given up\nlast words"]]],
] as const)("comingStarts of a %s one with %j", (status, boot, fields) => {
  const instance = fakeInstance({ name: "web", status });
  expect(comingStarts({ ...instance, state: { ...instance.state, ...(boot && { boot }) } }, now)).toEqual(fields);
});

test.each([
  [{}, "with the host, if it ran before", ""],
  [{ "boot.autostart": "true", "boot.autostart.priority": "5" }, "with the host, priority 5", ""],
  [{ "boot.autostart": "false", "boot.autorestart": "on" }, "no", "when it ends unasked"],
  [{ "boot.autostart.delay": "3" }, "with the host, if it ran before, 3 s before the next", ""],
])("bootSettings of %j", (config, autostart, autorestart) => {
  expect(bootSettings(config as Record<string, string>)).toEqual([
    ["Autostart", autostart],
    ["Autorestart", autorestart],
  ]);
});
