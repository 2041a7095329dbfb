import { describe, expect, test } from "vitest";
import { initEnvironment, isPrivileged } from "./container-config.ts";
import { exitReport } from "./exit-report.ts";
import { parseReport } from "./monitor.ts";
import { haltRequest, handles } from "./power-off.ts";

test.each([
  [{ status: 130, killed: false }, "shutdown", /powered off/],
  [{ status: 129, killed: false }, "reboot", /started again/],
  [{ status: 0, killed: false }, "shutdown", /init ended/],
  [{ status: 137, killed: true }, "killed", /Lodge ended/],
  [{ status: 137, killed: false }, "crash", /signal 9 from outside[^]*fire/],
  [{ status: 3, killed: false }, "crash", /status 3[^]*fire/],
  [{ killed: false }, "crash", /conmon/],
] as const)("%j is a %s", (facts, reason, detail) => {
  expect(exitReport({ ...facts, lastLines: "fire" })).toEqual({
    reason,
    ...("status" in facts ? { status: facts.status } : {}),
    detail: expect.stringMatching(detail),
  });
});

describe("conmon's answer", () => {
  test("is init's pid", () => expect(parseReport('{"data": 4711}\n')).toBe(4711));
  test.each([
    ['{"data": -1, "message": "no such root\\n"}', /no such root$/],
    ["", /without an answer/],
    ['{"data": -1}', /without an answer/],
  ])("%s is a failed start", (line, message) => {
    expect(() => parseReport(line)).toThrow(message);
  });
});

describe("powering off", () => {
  test.each([
    ["/usr/lib/systemd/systemd", { signal: 37, sign: 37 }],
    ["/usr/lib/systemd/systemd (deleted)", { signal: 37, sign: 37 }],
    ["/bin/busybox", { signal: 12, sign: 20 }],
    ["/sbin/init", { signal: 30, sign: 30 }],
    ["", { signal: 30, sign: 30 }],
  ])("%s", (executable, request) => expect(haltRequest(executable)).toEqual(request));

  const status = "Name:\tsystemd\nSigBlk:\t0000001000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000080000\n";
  test.each([
    [37, true],
    [20, true],
    [13, false],
    [12, false],
  ])("signal %d is heard: %s", (signal, heard) => expect(handles(status, signal)).toBe(heard));
});

describe("configuration", () => {
  test("environment", () => {
    expect(initEnvironment({ "environment.A.B": "1", "user.x": "2" })).toEqual({ "A.B": "1" });
  });
  test.each([
    ["true", true],
    ["On", true],
    ["false", false],
    [undefined, false],
  ])("security.privileged=%s", (value, privileged) => {
    expect(isPrivileged(value === undefined ? {} : { "security.privileged": value })).toBe(privileged);
  });
});
