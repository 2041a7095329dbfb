import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web", status: "Stopped" }, { name: "kept" }]);
});
afterEach(() => daemon.stop());

const run = (...argv: string[]) => runCli(argv, { socket: daemon.socket });

test.each(["rename", "move"])("%s gives an instance another name", async (verb) => {
  expect(await run(verb, "web", "www")).toMatchObject({ status: 0, stdout: "Renamed web to www\n" });
  expect([...daemon.instances.keys()].sort()).toEqual(["kept", "www"]);
});

test("delete --force does not stop what it cannot delete", async () => {
  const kept = daemon.instances.get("kept");
  if (kept) kept.expanded_config = { "security.protection.delete": "true" };
  expect((await run("delete", "--force", "kept")).status).not.toBe(0);
  expect(daemon.instances.get("kept")?.status).toBe("Running");
});
