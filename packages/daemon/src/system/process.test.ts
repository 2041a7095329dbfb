import { expect, test } from "vitest";
import { holderCommand } from "./namespace-pair.ts";
import { parseStat } from "./process.ts";
import { unixAddress } from "./terminal.ts";

const rest = "S 1 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 313675 1000 10";

test.each([
  [`42 (init) ${rest}\n`, "init"],
  [`42 (a b) (c)) ${rest}`, "a b) (c)"],
])("parseStat %j", (text, command) => {
  expect(parseStat(text)).toEqual({ pid: 42, startTime: 313_675, command, state: "S", parent: 1, threads: 1 });
});

test.each(["", "42 (x)", "42 (x) S 1"])("parseStat of %j is nothing", (text) => {
  expect(parseStat(text)).toBeUndefined();
});

test("a user namespace is made by its owner, who keeps CAP_SYS_ADMIN for it", () => {
  const command = holderCommand({ base: 1_000_000, size: 65_536, owner: 999_999 });
  expect(command.slice(0, 2)).toEqual(["setpriv", "--reuid=999999"]);
  expect(command).toContain("--ambient-caps=+sys_admin");
  expect(command.slice(-5)).toEqual(["unshare", "--user", "--net", "--", "cat"]);
  expect(holderCommand(undefined)).toEqual(["unshare", "--net", "--", "cat"]);
});

test("socket addresses end at 107 bytes", () => {
  expect(unixAddress("/x")).toEqual(Buffer.from([1, 0, 0x2f, 0x78, 0]));
  expect(() => unixAddress(`/${"x".repeat(107)}`)).toThrow("107");
});
