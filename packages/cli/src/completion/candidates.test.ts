import { FakeDaemon } from "@lodge/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../testing/run-cli.ts";

let daemon: FakeDaemon;

beforeAll(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }, { name: "wiki" }, { name: "db" }]);
});
afterAll(() => daemon.stop());

test.each([
  [["sta"], ["start"]],
  [
    ["image", "alias", ""],
    ["add", "list", "remove"],
  ],
  [
    ["start", "w"],
    ["web", "wiki"],
  ],
  [["start", "web", "d"], ["db"]],
  [
    ["list", "-f", ""],
    ["csv", "json", "table", "yaml"],
  ],
  [["stop", "--f"], ["--force"]],
  [
    ["-q", "exec", "--user", "5", "w"],
    ["web", "wiki"],
  ],
  [["exec", "web", "--", "l"], []],
  [["file", "push", "x", "d"], ["db/"]],
  [
    ["wait", "web", "--for", "r"],
    ["ready", "running"],
  ],
  [["config", "set", "web", "limits.p"], ["limits.processes="]],
  [["config", "unset", "web", "limits.p"], ["limits.processes"]],
  [["launch", "tiny", "-c", "limits.p"], ["limits.processes="]],
  [["launch", "tiny", "-p", ""], ["default"]],
  [["profile", "add", "wiki", "d"], ["default"]],
  [["device", "add", "web", "data", "d"], ["disk"]],
  [["device", "add", "web", "data", "disk", "read"], ["readonly="]],
  [["device", "set", "web", ""], ["root"]],
  [["device", "set", "web", "root", "po"], ["pool="]],
  [["config", "device", "unset", "web", "root", "siz"], ["size"]],
  [
    ["profile", "device", "remove", "default", ""],
    ["eth0", "root"],
  ],
  [["nix", ""], []],
])("%j", async (words, expected) => {
  const { stdout } = await runCli(["__complete", "--", ...words], { socket: daemon.socket });
  expect(stdout.split("\n").filter(Boolean)).toEqual(expected);
});

test("without a daemon there are no names and no complaint", async () => {
  expect(await runCli(["__complete", "--", "start", ""])).toEqual({ status: 0, stdout: "", stderr: "" });
});
