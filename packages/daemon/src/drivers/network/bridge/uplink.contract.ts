/** The way out of the fabric, in a host that has one. Needs root. */
import { readFile, writeFile } from "node:fs/promises";
import { testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import { type BridgeDriver, removeFabric } from "./driver.ts";
import { runInside } from "./fabric-namespace.ts";
import { NetworkHost } from "./testing/network-host.ts";
import { inSandbox } from "./testing/sandbox.ts";

inSandbox(import.meta.filename, () => {
  describe("a fabric with an uplink", () => {
    const port = testPort(1);
    let host: NetworkHost;
    let driver: BridgeDriver;
    let place: string;
    let outside: string;
    const sysctls = () =>
      Promise.all(
        ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/wan0/accept_ra"].map(async (name) =>
          (await readFile(`/proc/sys/${name}`, "utf8")).trim(),
        ),
      );
    const inPlace = (...command: string[]) => runInside(place)(command[0] ?? "", command.slice(1));

    beforeAll(async () => {
      await run("ip", ["link", "set", "lo", "up"]);
      // A new namespace has it from the host.
      await writeFile("/proc/sys/net/ipv4/ip_forward", "0");
      host = await NetworkHost.create();
      outside = await host.connect(1400);
      // As administrators do who want no IPv6 on what comes later.
      await writeFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
      driver = host.driver("auto");
      expect(await sysctls()).toEqual(["0", "0", "1"]);
      await driver.ensure(testNetwork);
      place = await host.namespace();
      const nic = await driver.attach(port, { kind: "namespace", path: place });
      expect(nic.mtu).toBe(1400);
      await host.boot(place);
    });
    afterAll(() => host.close());

    it("says so", async () => {
      expect(await driver.uplink()).toEqual({ connected: true, detail: "IPv4 by wan0, IPv6 by wan0, MTU 1400" });
      expect((await host.driver("none").uplink()).connected).toBe(false);
    });

    it("reaches the outside under the host's addresses", async () => {
      await inPlace("ping", "-c", "1", "-W", "2", "198.51.100.1");
      const usable = () => inPlace("ip", "-6", "addr", "show", "dev", "eth0", "scope", "global", "-tentative");
      await expect.poll(usable, { timeout: 10_000 }).toContain(port.ipv6);
      await inPlace("ping", "-c", "1", "-W", "2", "2001:db8::1");
      await expect(runInside(outside)("ip", ["neigh", "show", port.ipv4])).resolves.toBe("");
    });

    it("sends no packet that is larger than the uplink takes", async () => {
      expect(await inPlace("ip", "link", "show", "eth0")).toContain("mtu 1400");
      await inPlace("ping", "-M", "do", "-s", "1372", "-c", "1", "-W", "2", "198.51.100.1");
    });

    it("is not open from outside", async () => {
      await runInside(outside)("ip", ["route", "add", "10.211.7.0/24", "via", "198.51.100.2"]);
      await expect(runInside(outside)("ping", ["-c", "1", "-W", "1", port.ipv4])).rejects.toThrow();
      await run("ping", ["-c", "1", "-W", "2", port.ipv4]);
    });

    it("changes forwarding, keeps listening to routers, and takes it all back", async () => {
      expect(await sysctls()).toEqual(["1", "1", "2"]);
      const next = host.driver("auto");
      await next.ensure(testNetwork);
      // A daemon that lives writes what its networks need anew when a link goes.
      for (const each of [driver, next]) each.close();
      await removeFabric(host.paths);
      expect(await sysctls()).toEqual(["0", "0", "1"]);
      expect(await run("nft", ["list", "ruleset"])).toBe("");
    });
  });
});
