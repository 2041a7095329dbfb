import type { Warning } from "@lodge/api";
import { FakeDaemon, syncReply } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCli } from "./testing/run-cli.ts";

const warning = (last: string, more: Partial<Warning> = {}): Warning => ({
  ...{ uuid: `00000000-0000-4000-8000-00000000000${last}`, location: "none", project: "", type: "gone" },
  ...{ severity: "high", status: "new", count: 2, first_seen_at: "2030-01-01T00:00:00Z" },
  ...{ last_seen_at: "2030-01-01T00:00:00Z", last_message: "It is away.", entity_url: "" },
  ...more,
});

let daemon: FakeDaemon;
let sent: string[];
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  sent = [];
  const all = [
    warning("1"),
    warning("2", { entity_url: "/1.0/instances/w%C3%A4b?project=default" }),
    warning("3", { status: "acknowledged" }),
  ];
  const one = /^\/1\.0\/warnings\/(.+)$/;
  daemon.server
    .on("GET", /^\/1\.0\/warnings$/, () => syncReply(all))
    .on("PUT", one, ({ params, body }) => (sent.push(`${params[0]} ${body}`), syncReply({})))
    .on("DELETE", one, ({ params }) => (sent.push(`${params[0]} deleted`), syncReply({})));
});
afterEach(() => daemon.stop());

const lodge = (...argv: string[]) => runCli(["warning", ...argv], { socket: daemon.socket });

it("are listed while they are new, with what they are about", async () => {
  const { stdout } = await lodge("list", "-f", "csv");
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => line.split(",").slice(1, 6).join(","))).toEqual([
    "gone,the host,NEW,HIGH,2",
    "gone,wäb,NEW,HIGH,2",
  ]);
  expect((await lodge("list", "--all", "-f", "csv")).stdout).toContain("ACKNOWLEDGED");
});

it("are acknowledged and deleted, several at once", async () => {
  const uuids = [warning("1").uuid, warning("2").uuid];
  expect((await lodge("acknowledge", ...uuids)).stdout).toContain(`Acknowledged ${uuids[1]}`);
  await lodge("delete", ...uuids.slice(0, 1));
  expect(sent).toEqual([...uuids.map((uuid) => `${uuid} {"status":"acknowledged"}`), `${uuids[0]} deleted`]);
});
