import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
});
afterEach(() => daemon.stop());

const run = (...argv: string[]) => runCli(argv, { socket: daemon.socket });
const dev = () => daemon.networks.byName.get("dev");
const forward = () => daemon.networks.forwards.get("dev 192.0.2.10");

test("a network is made, changed, renamed and deleted", async () => {
  expect(await run("network", "create", "dev", "bridge.uplink=none", "--description", "a lab")).toMatchObject({
    status: 0,
    stdout: "Created network dev\n",
  });
  expect(dev()).toMatchObject({ description: "a lab", config: { "bridge.uplink": "none" } });
  await run("network", "set", "dev", "dns.domain", "dev");
  await run("network", "set", "dev", "-p", "description=ours");
  await run("network", "unset", "dev", "bridge.uplink");
  expect(dev()).toMatchObject({ description: "ours", config: { "dns.domain": "dev" } });
  expect((await run("network", "get", "dev", "dns.domain")).stdout).toBe("dev\n");
  await run("network", "rename", "dev", "test");
  expect([...daemon.networks.byName.keys()]).toEqual(["lodgebr0", "test"]);
  await run("network", "delete", "test");
  expect((await run("network", "list")).stdout).not.toContain("test");
});

test("a network comes as YAML on standard input, and goes out as such", async () => {
  const input = "config:\n  bridge.mtu: 1400\ndescription: small packets\n";
  await runCli(["network", "create", "dev"], { socket: daemon.socket, input });
  expect(dev()).toMatchObject({ description: "small packets", config: { "bridge.mtu": "1400" } });
  const { stdout } = await run("network", "show", "dev");
  await runCli(["network", "edit", "lodgebr0"], { socket: daemon.socket, input: stdout });
  expect(daemon.networks.byName.get("lodgebr0")?.config).toEqual({ "bridge.mtu": "1400" });
});

test("a network shows what is seen of it and who has which address", async () => {
  const { stdout } = await run("network", "info", "lodgebr0");
  expect(stdout).toMatch(/^MTU: +1400$/m);
  expect(stdout).toMatch(/^Received: +2\.0 KiB in 3 packets$/m);
  expect((await run("network", "list-leases", "lodgebr0")).stdout).toMatch(
    /web +02:10:d6:00:00:01 +10\.9\.9\.2 +DYNAMIC/,
  );
});

test("a network forwards addresses and ports", async () => {
  await run("network", "create", "dev");
  await run("network", "forward", "create", "dev", "192.0.2.10", "target_address=10.9.9.20");
  const port = (...words: string[]) => run("network", "forward", "port", ...words);
  await port("add", "dev", "192.0.2.10", "tcp", "80,443", "10.9.9.2");
  await port("add", "dev", "192.0.2.10", "tcp", "2222", "10.9.9.3", "22", "--description", "ssh");
  expect(forward()?.ports).toMatchObject([
    { protocol: "tcp", listen_port: "80,443", target_address: "10.9.9.2", target_port: "" },
    { listen_port: "2222", target_port: "22", description: "ssh" },
  ]);
  const { stdout } = await run("network", "forward", "list", "dev");
  expect(stdout).toContain("tcp 2222 -> 10.9.9.3:22");
  expect((await port("remove", "dev", "192.0.2.10", "tcp")).stderr).toContain("--force");
  await port("remove", "dev", "192.0.2.10", "tcp", "2222");
  expect(forward()?.ports).toHaveLength(1);
  expect((await port("remove", "dev", "192.0.2.10", "udp")).status).toBe(2);
  await port("remove", "dev", "192.0.2.10", "--force");
  expect(forward()?.ports).toEqual([]);
  await run("network", "forward", "set", "dev", "192.0.2.10", "target_address=");
  expect(forward()?.config).toEqual({ target_address: "" });
  await run("network", "forward", "delete", "dev", "192.0.2.10");
  expect(forward()).toBeUndefined();
});

test("keys and addresses are completed", async () => {
  await run("network", "forward", "create", "lodgebr0", "192.0.2.10");
  const complete = async (...words: string[]) => (await run("__complete", ...words)).stdout.split("\n");
  expect(await complete("network", "set", "lodgebr0", "ipv4.d")).toEqual(["ipv4.dhcp.ranges=", "ipv4.dhcp=", ""]);
  expect(await complete("network", "forward", "show", "lodgebr0", "")).toContain("192.0.2.10");
  expect(await complete("network", "forward", "port", "add", "lodgebr0", "192.0.2.10", "")).toEqual(["tcp", "udp", ""]);
});
