/** Networks beside each other: strangers, peers, isolated ones. Needs root. */
import type { NetworkDefinition, Port } from "@lodge/core";
import { secondNetwork, testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import type { BridgeDriver } from "./driver.ts";
import { runInside } from "./fabric-namespace.ts";
import { NetworkHost } from "./testing/network-host.ts";
import { inSandbox } from "./testing/sandbox.ts";

const [one, two] = [testPort(1), testPort(2)];
const there: Port = {
  ...testPort(3),
  ...{ network: secondNetwork.name, hostname: "there", ipv4: "10.211.8.103", ipv6: "fd42:77:1:3:10:d6ff:fe00:3" },
};
const [gateway, otherGateway] = ["10.211.7.1", "10.211.8.1"];

inSandbox(import.meta.filename, () => {
  describe("two networks", () => {
    let host: NetworkHost;
    let driver: BridgeDriver;
    let places: string[];
    const inside = (place: number) => runInside(places[place] ?? "");
    const ping = (place: number, address: string) => inside(place)("ping", ["-c", "1", "-W", "1", address]);
    const resolve = (name: string) => inside(0)("busybox", ["nslookup", name, gateway]);
    const change = async (first: Partial<NetworkDefinition>, second: Partial<NetworkDefinition>) => {
      await driver.ensure({ ...testNetwork, ...first });
      await driver.ensure({ ...secondNetwork, ...second });
    };

    beforeAll(async () => {
      await run("ip", ["link", "set", "lo", "up"]);
      host = await NetworkHost.create();
      driver = host.driver();
      await change({}, {});
      places = [await host.namespace(), await host.namespace(), await host.namespace()];
      for (const [index, port] of [one, two, there].entries()) {
        const path = places[index] ?? "";
        await driver.attach(port, { kind: "namespace", path });
        await host.boot(path);
      }
    });
    afterAll(() => host.close());

    it("do not meet, by address, by name, or at the other's gateway", async () => {
      await ping(0, two.ipv4);
      await expect(ping(0, there.ipv4)).rejects.toThrow();
      await expect(ping(0, otherGateway)).rejects.toThrow();
      await expect(resolve("there.lodge")).rejects.toThrow();
      await expect(inside(0)("busybox", ["nslookup", "there.lodge", otherGateway])).rejects.toThrow();
    });

    it("meet as peers, with each other's names, whatever the domains", async () => {
      await change({ peers: ["dev"] }, { peers: ["lodgebr0"], domain: "dev" });
      await ping(0, there.ipv4);
      await ping(0, there.ipv6);
      await ping(2, one.ipv4);
      expect(await resolve("there.dev")).toContain(there.ipv4);
      expect(await inside(2)("busybox", ["nslookup", "inst1.lodge", otherGateway])).toContain(one.ipv4);
    });

    it("learn and forget the names of peers as instances come and go", async () => {
      const port: Port = { ...there, ...testPort(4), network: "dev", hostname: "new", ipv4: "10.211.8.104" };
      const place = await host.namespace();
      await driver.attach(port, { kind: "namespace", path: place });
      await expect.poll(() => resolve("new.dev").catch(() => "")).toContain("10.211.8.104");
      await driver.detach(port.instance);
      await expect.poll(() => resolve("new.dev").catch(() => "")).not.toContain("10.211.8.104");
    });

    it("know no names where there are none", async () => {
      await change({ peers: ["dev"], names: false }, { peers: ["lodgebr0"] });
      await expect(resolve("inst2.lodge")).rejects.toThrow();
      expect(await resolve("there.lodge")).toContain(there.ipv4);
      await expect(inside(2)("busybox", ["nslookup", "inst1.lodge", otherGateway])).rejects.toThrow();
    });

    it("are parted again, and one of them isolated: then not even the host is there", async () => {
      await change({ isolated: true }, {});
      await ping(0, two.ipv4);
      await ping(0, gateway);
      await expect(ping(0, there.ipv4)).rejects.toThrow();
      await expect(run("ping", ["-c", "1", "-W", "1", one.ipv4])).rejects.toThrow();
      const [link] = JSON.parse(await run("ip", ["-j", "-4", "addr", "show", `lodge-${host.paths.tag}`]));
      await expect(ping(0, link.addr_info[0].local)).rejects.toThrow();
      await run("ping", ["-c", "1", "-W", "2", there.ipv4]);
    });

    it("show an isolated instance no way out, and let it find its neighbours by name", async () => {
      await inside(0)("ip", ["route", "del", "default"]);
      await host.boot(places[0] ?? "");
      expect(await inside(0)("ip", ["-4", "route"])).not.toContain("default");
      expect(await resolve("inst2.lodge")).toContain(two.ipv4);
      const routers = async () => (await inside(0)("ip", ["-6", "route"])).includes("default via fe80");
      await inside(0)("ip", ["link", "set", "eth0", "down"]);
      await inside(0)("ip", ["link", "set", "eth0", "up"]);
      const addresses = () => inside(0)("ip", ["-6", "-br", "addr", "show", "eth0"]);
      await expect.poll(addresses, { timeout: 10_000 }).toContain(one.ipv6);
      expect(await routers()).toBe(false);
    });

    it("give and take addresses of a family", async () => {
      await change({}, { ipv6: "" });
      expect((await driver.observe("dev"))?.addresses).toEqual([secondNetwork.ipv4]);
      expect(await run("ip", ["-6", "route"])).not.toContain("fd42:77:1:3::/64");
      await change({}, {});
      expect(await run("ip", ["-6", "route"])).toContain("fd42:77:1:3::/64");
    });
  });
});
