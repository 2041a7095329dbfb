import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InstanceId } from "../../instances/driver.ts";
import { eui64Address } from "../addresses.ts";
import type { NetworkDefinition, NetworkDriver, NetworkPort, NicPlace, Port, PortLimits } from "../network.ts";

/** A driver, places for nics, and its end. */
export interface NetworkUnderTest {
  readonly driver: NetworkDriver & PortLimits;
  /** A place that nothing is attached to yet. */
  place(kind: NicPlace["kind"]): Promise<NicPlace>;
  /** The same networks, as the next daemon finds them. */
  restart(): NetworkDriver & PortLimits;
  close(): Promise<void>;
}

export const testNetwork: NetworkDefinition = {
  name: "lodgebr0",
  ipv4: "10.211.7.1/24",
  ipv6: "fd42:77:1:2::1/64",
  nat: { ipv4: true, ipv6: true },
  dhcp: true,
  dhcpv6: false,
  domain: "lodge",
  search: ["lodge"],
  names: true,
  isolated: false,
  peers: [],
  forwards: [],
};

/** Another one beside it, with a name that tools might misread. */
export const secondNetwork: NetworkDefinition = {
  ...testNetwork,
  name: "dev",
  ipv4: "10.211.8.1/24",
  ipv6: "fd42:77:1:3::1/64",
};

/** A port of the instance with this number, 0 to 9. */
export function testPort(instance: number, index = 0): NetworkPort {
  const mac = `02:10:d6:00:0${index}:0${instance}`;
  return {
    network: testNetwork.name,
    instance: `0000000${instance}` as InstanceId,
    hostname: `inst${instance}`,
    device: `eth${index}`,
    index,
    mac,
    filter: { mac: true, ipv4: true, ipv6: true },
    ipv4: `10.211.7.${100 + index * 10 + instance}`,
    ipv6: eui64Address(testNetwork.ipv6, mac),
  };
}

/** What every network driver keeps, whatever it is made of. */
export function describeNetwork(name: string, makeNetwork: () => Promise<NetworkUnderTest>): void {
  const [one, two] = [testPort(1), testPort(2)];
  let test: NetworkUnderTest;
  const attach = async (port: Port, kind: NicPlace["kind"] = "namespace") =>
    test.driver.attach(port, await test.place(kind));
  const attached = async (port: Port) => Object.keys(await test.driver.state(port.instance)).sort();

  describe(`${name} keeps the contract of a network`, () => {
    beforeEach(async () => {
      test = await makeNetwork();
      await test.driver.ensure(testNetwork);
    });
    afterEach(() => test.close());

    it("brings a network up as often as it is asked to", async () => {
      await test.driver.ensure(testNetwork);
      await test.restart().ensure(testNetwork);
    });

    it("tells whether it reaches beyond the host, and why not", async () => {
      expect((await test.driver.uplink()).detail).not.toBe("");
    });

    it("attaches nics of both kinds", async () => {
      const nic = await attach(one);
      expect(nic).toMatchObject({ kind: "namespace", device: "eth0", mac: one.mac });
      expect(nic.hostInterface.length).toBeLessThanOrEqual(15);
      expect(nic.mtu).toBeGreaterThanOrEqual(1280);
      const tap = await attach(two, "tap");
      expect(tap).toMatchObject({ kind: "tap", fabricNamespace: expect.stringMatching(/^\//) });
      expect(tap.hostInterface).not.toBe(nic.hostInterface);
    });

    it("attaches the same nic again without harm", async () => {
      for (const kind of ["namespace", "tap"] as const) {
        const port = kind === "tap" ? two : one;
        const place = await test.place(kind);
        const nic = await test.driver.attach(port, place);
        expect(await test.driver.attach(port, place)).toEqual(nic);
      }
    });

    it("attaches several nics of one instance", async () => {
      await attach(one);
      await attach(testPort(1, 1));
      expect(await attached(one)).toEqual(["eth0", "eth1"]);
    });

    it("attaches nothing to a network that is not there", async () => {
      const stray = { ...one, network: "nowhere" };
      await expect(attach(stray)).rejects.toEqual(expect.objectContaining({ code: "network_not_found" }));
      expect(await attached(one)).toEqual([]);
    });

    it("shows only what is attached", async () => {
      expect(await attached(one)).toEqual([]);
      await attach(one);
      const state = await test.driver.state(one.instance);
      expect(state["eth0"]?.bytesSent).toBeGreaterThanOrEqual(0);
      expect(state["eth0"]?.packetsReceived).toBeGreaterThanOrEqual(0);
      expect(await attached(two)).toEqual([]);
    });

    it("detaches one instance and no other, as often as it is asked to", async () => {
      await attach(one);
      await attach(two);
      await test.driver.detach(one.instance);
      await test.driver.detach(one.instance);
      expect(await attached(one)).toEqual([]);
      expect(await attached(two)).toEqual(["eth0"]);
    });

    it("detaches one port and leaves the instance the others, as often as it is asked to", async () => {
      await attach(one);
      const second = testPort(1, 1);
      await attach(second);
      await test.driver.detachPort(one.instance, "eth0");
      await test.driver.detachPort(one.instance, "eth0");
      expect(await attached(one)).toEqual(["eth1"]);
      await attach(one);
      expect(await attached(one)).toEqual(["eth0", "eth1"]);
    });

    it("attaches an instance again, with another MAC too", async () => {
      await attach(one);
      await test.driver.detach(one.instance);
      await attach({ ...one, mac: "02:10:d6:00:ff:01" });
      expect(await attached(one)).toEqual(["eth0"]);
    });

    it("is found again by the next daemon, which keeps what it names and removes the rest", async () => {
      await attach(one);
      await attach(two);
      const next = test.restart();
      await next.reconcile([testNetwork], [one, testPort(3)], []);
      expect(Object.keys(await next.state(one.instance))).toEqual(["eth0"]);
      expect(await next.state(two.instance)).toEqual({});
      expect(await next.state(testPort(3).instance)).toEqual({});
    });

    it.each(["namespace", "tap"] as const)("holds a port (%s) to its limits, from its start on", async (kind) => {
      const limits = async () => (await test.driver.state(one.instance))["eth0"]?.limits;
      await attach({ ...one, limits: { ingress: 8e6, egress: 2e6 } }, kind);
      expect(await limits()).toEqual({ ingress: 8e6, egress: 2e6 });
      await test.driver.setLimits([{ ...one, limits: { egress: 1e6 } }, two]);
      expect(await limits()).toEqual({ egress: 1e6 });
      await test.driver.setLimits([{ ...one, limits: { ingress: 4e6 } }]);
      expect(await limits()).toEqual({ ingress: 4e6 });
      await test.driver.setLimits([one]);
      expect(await limits()).toBeUndefined();
      expect(await attached(two)).toEqual([]);
    });

    it("is found again with its limits, or gets others then", async () => {
      const limited = { ...one, limits: { ingress: 8e6, egress: 2e6 } };
      await attach(limited);
      const next = test.restart();
      await next.reconcile([testNetwork], [limited], []);
      expect((await next.state(one.instance))["eth0"]?.limits).toEqual(limited.limits);
      const third = test.restart();
      await third.reconcile([testNetwork], [{ ...one, limits: { egress: 1e6 } }], []);
      expect((await third.state(one.instance))["eth0"]?.limits).toEqual({ egress: 1e6 });
      await third.detach(one.instance);
      await third.reconcile([testNetwork], [], []);
    });

    it("keeps the networks that the next daemon names, changed or not, and removes the rest", async () => {
      await test.driver.ensure(secondNetwork);
      await attach(one);
      const next = test.restart();
      await next.reconcile([{ ...testNetwork, domain: "dev" }], [one], []);
      expect(await next.observe(secondNetwork.name)).toBeUndefined();
      expect(await next.observe(testNetwork.name)).toMatchObject({ up: true });
      expect(Object.keys(await next.state(one.instance))).toEqual(["eth0"]);
    });

    it("shows a network as it is", async () => {
      expect(await test.driver.observe("nowhere")).toBeUndefined();
      const { hostInterface } = await attach(one);
      const seen = await test.driver.observe(testNetwork.name);
      expect(seen).toMatchObject({ up: true, mtu: 1500, ports: [hostInterface] });
      expect(seen?.addresses).toEqual(expect.arrayContaining([testNetwork.ipv4, testNetwork.ipv6]));
      expect(seen?.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    });

    it("changes a network under its ports", async () => {
      await attach(one);
      await test.driver.ensure({ ...testNetwork, isolated: true });
      expect(await attached(one)).toEqual(["eth0"]);
    });

    it("gives nics the MTU of their network", async () => {
      await test.driver.ensure({ ...secondNetwork, mtu: 1400 });
      expect(await attach({ ...one, network: secondNetwork.name })).toMatchObject({ mtu: 1400 });
      expect(await test.driver.observe(secondNetwork.name)).toMatchObject({ mtu: 1400 });
    });

    it("says where the host has ways already", async () => {
      expect(await test.driver.hostNetworks()).not.toContain("10.211.7.0/24");
    });

    it("detaches what an earlier daemon attached", async () => {
      await attach(one);
      const next = test.restart();
      await next.detach(one.instance);
      expect(await next.state(one.instance)).toEqual({});
    });

    it("removes a network with its ports, as often as it is asked to", async () => {
      await attach(one);
      await test.driver.remove(testNetwork.name);
      await test.driver.remove(testNetwork.name);
      expect(await attached(one)).toEqual([]);
      await expect(attach(two)).rejects.toEqual(expect.objectContaining({ code: "network_not_found" }));
      await test.driver.ensure(testNetwork);
      await attach(two);
    });
  });
}
