/** External addresses that lead to instances, on a host with neighbours. Needs root. */
import type { Forward } from "@lodge/core";
import { testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import type { BridgeDriver } from "./driver.ts";
import { NetworkHost, type ServerKind } from "./testing/network-host.ts";
import { inSandbox } from "./testing/sandbox.ts";

const [one, two] = [testPort(1), testPort(2)];
const listen = "198.51.100.2";
const listen6 = "2001:db8::2";
const tcp = { protocol: "tcp", target: one.ipv4 } as const;
const forwards: readonly Forward[] = [
  {
    listen,
    target: two.ipv4,
    ports: [
      { ...tcp, first: 80, last: 80, targetPort: 8080 },
      { ...tcp, first: 8080, last: 8081 },
      { ...tcp, first: 90, last: 91, targetPort: 8081 },
      { protocol: "udp", target: one.ipv4, first: 53, last: 53, targetPort: 5353 },
    ],
  },
  { listen: listen6, ports: [{ ...tcp, target: one.ipv6, first: 80, last: 80, targetPort: 8080 }] },
];

inSandbox(import.meta.filename, () => {
  describe.each(["auto", "none"] as const)("with uplink %s", (uplink) => {
    let host: NetworkHost;
    let driver: BridgeDriver;
    let outside: string;
    let places: [string, string];
    const fromOutside = (port: number, kind: ServerKind = "tcp4", address = listen) =>
      host.ask(outside, kind, address, port);

    beforeAll(async () => {
      await run("ip", ["link", "set", "lo", "up"]);
      host = await NetworkHost.create();
      outside = await host.connect(1500);
      driver = host.driver(uplink);
      await driver.ensure({ ...testNetwork, forwards });
      places = [await host.namespace(), await host.namespace()];
      for (const [index, port] of [one, two].entries()) {
        await driver.attach(port, { kind: "namespace", path: places[index] ?? "" });
        await host.boot(places[index] ?? "");
      }
      await host.serve(places[0], "tcp4", 8080);
      await host.serve(places[0], "tcp4", 8081);
      await host.serve(places[0], "tcp6", 8080);
      await host.serve(places[0], "udp4", 5353);
      await host.serve(places[1], "tcp4", 25);
    });
    afterAll(() => host.close());

    it("sends ports to other ports, to the same ones, and many to one, and shows instances who asks", async () => {
      for (const port of [80, 8080, 8081, 90, 91]) expect(await fromOutside(port)).toBe("198.51.100.1");
      expect(await fromOutside(53, "udp4")).toBe("198.51.100.1");
    });

    it("sends what no port names to the address's own target", async () => {
      expect(await fromOutside(25)).toBe("198.51.100.1");
      await expect(fromOutside(26)).rejects.toThrow();
    });

    it("speaks IPv6", async () => {
      await expect.poll(() => fromOutside(80, "tcp6", listen6).catch(() => ""), { timeout: 10_000 }).toMatch(/2001/);
    });

    it("is there for the host itself and for instances, the target included", async () => {
      expect(await host.ask(undefined, "tcp4", listen, 80)).not.toBe("");
      expect(await host.ask(places[1], "tcp4", listen, 80)).not.toBe("");
      expect(await host.ask(places[0], "tcp4", listen, 80)).not.toBe("");
    });

    it("opens nothing else", async () => {
      await run("nsenter", [`--net=${outside}`, "ip", "route", "replace", "10.211.7.0/24", "via", listen]);
      await expect(host.ask(outside, "tcp4", one.ipv4, 8080)).rejects.toThrow();
    });

    it("ends with its definition", async () => {
      await driver.ensure(testNetwork);
      await expect(fromOutside(80)).rejects.toThrow();
    });

    it("is there for a single instance, on any address of the host, and goes with it", async () => {
      const own = { instance: one.instance, device: "web", listen: "0.0.0.0" };
      await driver.forward({ ...own, ports: [{ ...tcp, first: 80, last: 80, targetPort: 8080 }] });
      expect(await fromOutside(80)).toBe("198.51.100.1");
      expect(await host.ask(undefined, "tcp4", listen, 80)).not.toBe("");
      await driver.forward({ ...own, ports: [{ ...tcp, first: 81, last: 81, targetPort: 8080 }] });
      expect(await fromOutside(81)).toBe("198.51.100.1");
      await expect(fromOutside(80)).rejects.toThrow();
      await driver.unforward(one.instance, "web");
      await driver.unforward(one.instance, "web");
      await expect(fromOutside(81)).rejects.toThrow();
      await driver.forward({ ...own, ports: [{ ...tcp, first: 82, last: 82, targetPort: 8080 }] });
      await driver.detach(one.instance);
      await expect(fromOutside(82)).rejects.toThrow();
    });
  });
});
