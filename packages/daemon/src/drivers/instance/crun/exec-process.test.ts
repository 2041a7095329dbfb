import { describe, expect, test } from "vitest";
import { ociProcess } from "./exec-process.ts";
import { execFailure } from "./exec-status.ts";
import { findUser } from "./passwd.ts";

const privileges = {
  noNewPrivileges: false,
  capabilities: { bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] },
  rlimits: [],
} as const;
const root = { name: "root", home: "/root" };

function processOf(overrides: object, user = root) {
  const request = { command: ["true"], environment: {}, uid: 0, gid: 0, ...overrides };
  return ociProcess({ request, privileges: { ...privileges, rlimits: [] }, user, cwd: "/root" } as never);
}

describe("ociProcess", () => {
  test("has LXD's environment under the request's", () => {
    expect(processOf({ environment: { LANG: "de_DE", X: "1" } }).env).toEqual([
      expect.stringMatching(/^PATH=\/usr\/local\/sbin:/),
      "LANG=de_DE",
      "HOME=/root",
      "USER=root",
      "X=1",
    ]);
  });
  test("has a terminal of the size asked for, and TERM", () => {
    const process = processOf({ terminal: { columns: 100, rows: 30 } });
    expect(process).toMatchObject({ terminal: true, consoleSize: { width: 100, height: 30 } });
    expect(process.env).toContain("TERM=xterm-256color");
    expect(processOf({})).not.toHaveProperty("consoleSize");
  });
  test("gives privileges to root only", () => {
    expect(processOf({}).capabilities).toHaveProperty("effective");
    expect(processOf({ uid: 1000 }).capabilities).toEqual({ bounding: ["CAP_CHOWN"] });
  });
});

describe("findUser", () => {
  const passwd =
    "root:x:0:0:root:/root:/bin/bash\nweb:x:33:33::/var/www:\nodd:x:34:34::relative:\n:x:35:35::/none:\nshort:x:36";
  test.each([
    [0, { name: "root", home: "/root" }],
    [33, { name: "web", home: "/var/www" }],
    [34, { name: "odd", home: "/" }],
    [35, { name: "35", home: "/" }],
    [36, { name: "short", home: "/" }],
    [1000, { name: "1000", home: "/" }],
  ])("uid %d", (uid, user) => expect(findUser(passwd, uid)).toEqual(user));
  test("without a passwd file", () => expect(findUser("", 0)).toEqual(root));
});

describe("execFailure", () => {
  const line = (msg: string, level = "error") => `${JSON.stringify({ msg, level, time: "2026-01-01T00:00:00Z" })}\n`;
  test.each([
    ["", undefined],
    ["not json\n", undefined],
    [line("something", "warning"), undefined],
    [line("executable file `x` not found in $PATH: No such file or directory"), { kind: "command", status: 127 }],
    [line("open executable: Permission denied"), { kind: "command", status: 126 }],
    [line("open executable: Operation not permitted"), { kind: "command", status: 126 }],
    [line("exec /x: Exec format error"), { kind: "command", status: 126 }],
    [line("the container `x` is not running"), { kind: "runtime", message: "the container `x` is not running" }],
  ])("%s", (log, expected) => expect(execFailure(log)).toEqual(expected));
});
