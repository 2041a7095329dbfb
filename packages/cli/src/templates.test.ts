import { FakeDaemon, syncReply } from "@lodge/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
const lodge = (...argv: string[]) => runCli(argv, { socket: daemon.socket });
const fingerprint = "c".repeat(64);
const template = {
  id: "0a1b2c3d",
  project: "default",
  fingerprint,
  pool: "default",
  config: {},
  devices: { root: { type: "disk", path: "/" }, eth0: { type: "nic", network: "lodgebr0" } },
  tool: "qemu 7.2",
  size: 3 * 2 ** 20,
  ready: 2,
  created_at: "2026-01-02T03:04:05Z",
  last_used_at: "2026-01-03T03:04:05Z",
};
const asked: unknown[] = [];

beforeAll(async () => {
  daemon = await FakeDaemon.start([]);
  const image = { fingerprint, type: "virtual-machine", aliases: [{ name: "tiny", description: "" }], properties: {} };
  daemon.server
    .on("GET", /^\/1\.0\/images$/, () => syncReply([image]))
    .on("GET", /^\/1\.0\/templates$/, () => syncReply([template]))
    .on("POST", /^\/1\.0\/templates$/, ({ body }) => {
      asked.push(JSON.parse(String(body)));
      return daemon.operations.start("Building template", "", async () => ({ template: template.id }));
    })
    .on("DELETE", /^\/1\.0\/templates\/0a1b2c3d$/, () =>
      daemon.operations.start("Deleting template", "", async () => undefined),
    );
});
afterAll(() => daemon.stop());

test("list", async () => {
  const { stdout } = await lodge("template", "list");
  expect(stdout).toMatch(/^ID +IMAGE +NICS +READY +SIZE +CREATED +LAST USED\n0a1b2c3d +tiny +1 +2 +3\.0 MiB /);
});

test("build and delete", async () => {
  const words = ["template", "build", "tiny", "-c", "limits.cpu.model=Nehalem", "-p", "big"];
  expect((await lodge(...words)).stdout).toBe("Built template 0a1b2c3d of tiny\n");
  expect((await lodge("-q", "template", "build", "tiny")).stdout).toBe("0a1b2c3d\n");
  const source = { type: "image", fingerprint };
  expect(asked).toEqual([{ source, config: { "limits.cpu.model": "Nehalem" }, profiles: ["big"] }, { source }]);
  expect((await lodge("template", "delete", "0a1b2c3d")).stdout).toBe("Deleted template 0a1b2c3d\n");
});
