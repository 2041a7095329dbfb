/** What instances may send and what not, shown by frames that arrive at a neighbour or do not. Needs root. */
import { linkLocalAddress, type NetworkDefinition } from "@lodge/core";
import { testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { BridgeDriver } from "./driver.ts";
import { runInside } from "./fabric-namespace.ts";
import * as frames from "./testing/frames.ts";
import { NetworkHost } from "./testing/network-host.ts";
import { RawLink } from "./testing/raw-link.ts";
import { inSandbox } from "./testing/sandbox.ts";

const [own, victim] = [testPort(1), testPort(2)];
const network: NetworkDefinition = testNetwork;
const everyone = "ff:ff:ff:ff:ff:ff";
const gateway = "10.211.7.1";
const gateway6 = "fd42:77:1:2::1";
const ownLocal = linkLocalAddress(own.mac);
const stranger = "10.211.7.77";
const allNodes = "ff02::1";
const types = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, pppoe: 0x8863 };
const protocols = { icmp: 1, tcp: 6, udp: 17, fragment: 44, icmpv6: 58, hopByHop: 0, destination: 60 };

const from = (source: string, type: number, payload: Buffer) => frames.ethernet(everyone, source, type, payload);
const ipv4 = (source: string, payload = frames.udp(1000, 2000), destination = victim.ipv4) =>
  from(own.mac, types.ipv4, frames.ipv4(source, destination, protocols.udp, payload));
const ipv6 = (source: string, protocol: number, payload: Buffer, destination = allNodes) =>
  from(own.mac, types.ipv6, frames.ipv6(source, destination, protocol, payload));
const arp = (operation: "request" | "reply", senderMac: string, senderAddress: string) =>
  from(own.mac, types.arp, frames.arp({ operation, senderMac, senderAddress, targetAddress: victim.ipv4 }));
const solicit = (source: string, target: string, ...options: Buffer[]) =>
  ipv6(source, protocols.icmpv6, frames.icmpv6(135, frames.ipv6Address(target), ...options));
const advertise = (source: string, target: string, ...options: Buffer[]) =>
  ipv6(source, protocols.icmpv6, frames.icmpv6(136, frames.ipv6Address(target), ...options));
const routerAdvertisement = frames.icmpv6(134, Buffer.alloc(8));
/** An extension header that says which comes next, and nothing else. */
const options = (next: number) => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);
/** A first fragment. */
const fragment = (next: number) => Buffer.from([next, 0, 0, 1, 0, 0, 0, 9]);

const passes: [string, Buffer][] = [
  ["IPv4 from its address", ipv4(own.ipv4)],
  ["a DHCP question", ipv4("0.0.0.0", frames.udp(68, 67), "255.255.255.255")],
  ["an ARP question", arp("request", own.mac, own.ipv4)],
  ["an ARP answer", arp("reply", own.mac, own.ipv4)],
  ["an ARP probe", arp("request", own.mac, "0.0.0.0")],
  ["IPv6 from its address", ipv6(own.ipv6, protocols.udp, frames.udp(1000, 2000))],
  ["IPv6 from its link-local address", ipv6(ownLocal, protocols.udp, frames.udp(1000, 2000))],
  ["a fragment of UDP", ipv6(own.ipv6, protocols.fragment, Buffer.concat([fragment(protocols.udp), frames.udp(1, 2)]))],
  ["a solicitation", solicit(own.ipv6, victim.ipv6, frames.linkLayerOption(1, own.mac))],
  ["a solicitation without options", solicit(ownLocal, victim.ipv6)],
  ["the question whether its address is free", solicit("::", own.ipv6)],
  ["the same with a nonce", solicit("::", ownLocal, frames.nonceOption)],
  ["an advertisement", advertise(own.ipv6, own.ipv6, frames.linkLayerOption(2, own.mac))],
  ["an advertisement without options", advertise(ownLocal, own.ipv6)],
  ["a question for routers", ipv6("::", protocols.icmpv6, frames.icmpv6(133), "ff02::2")],
  ["joining a group", ipv6("::", protocols.icmpv6, frames.icmpv6(143), "ff02::16")],
];

const dropped: [string, Buffer][] = [
  ["another's MAC", from(victim.mac, types.ipv4, frames.ipv4(own.ipv4, victim.ipv4, protocols.udp, frames.udp(1, 2)))],
  [
    "a MAC of no one",
    from(
      "02:10:d6:ff:ff:ff",
      types.arp,
      frames.arp({ operation: "request", senderMac: own.mac, senderAddress: own.ipv4, targetAddress: gateway }),
    ),
  ],
  ["IPv4 from another's address", ipv4(victim.ipv4)],
  ["IPv4 from the gateway's address", ipv4(gateway)],
  ["IPv4 from an address of no one", ipv4(stranger)],
  ["IPv4 from no address", ipv4("0.0.0.0")],
  ["a DHCP question sideways", ipv4("0.0.0.0", frames.udp(68, 67), victim.ipv4)],
  ["a DHCP answer", ipv4(own.ipv4, frames.udp(67, 68), "255.255.255.255")],
  ["a DHCP answer from another port", ipv4(own.ipv4, frames.udp(1067, 68), "255.255.255.255")],
  ["an ARP answer for the gateway", arp("reply", own.mac, gateway)],
  ["an ARP answer for another", arp("reply", own.mac, stranger)],
  ["an ARP question under another's address", arp("request", own.mac, stranger)],
  ["an ARP answer with another's MAC", arp("reply", victim.mac, own.ipv4)],
  ["an ARP answer without an address", arp("reply", own.mac, "0.0.0.0")],
  ["IPv6 from another's address", ipv6(victim.ipv6, protocols.udp, frames.udp(1, 2))],
  ["IPv6 from the gateway's address", ipv6(gateway6, protocols.udp, frames.udp(1, 2))],
  ["IPv6 from the router's link-local address", ipv6("fe80::1", protocols.udp, frames.udp(1, 2))],
  ["IPv6 from no address", ipv6("::", protocols.udp, frames.udp(1, 2))],
  ["a router advertisement", ipv6(ownLocal, protocols.icmpv6, routerAdvertisement)],
  ["one as if by the router", ipv6("fe80::1", protocols.icmpv6, routerAdvertisement)],
  [
    "one behind hop-by-hop options",
    ipv6(ownLocal, protocols.hopByHop, Buffer.concat([options(protocols.icmpv6), routerAdvertisement])),
  ],
  [
    "one behind destination options",
    ipv6(ownLocal, protocols.destination, Buffer.concat([options(protocols.icmpv6), routerAdvertisement])),
  ],
  [
    "one in a fragment",
    ipv6(ownLocal, protocols.fragment, Buffer.concat([fragment(protocols.icmpv6), routerAdvertisement])),
  ],
  [
    "one hidden in a fragment",
    ipv6(ownLocal, protocols.fragment, Buffer.concat([fragment(protocols.destination), options(protocols.icmpv6)])),
  ],
  ["a redirect", ipv6(ownLocal, protocols.icmpv6, frames.icmpv6(137, Buffer.alloc(32)))],
  ["a DHCPv6 answer", ipv6(ownLocal, protocols.udp, frames.udp(547, 546))],
  ["an advertisement of another's address", advertise(own.ipv6, victim.ipv6, frames.linkLayerOption(2, own.mac))],
  ["an advertisement of the gateway's address", advertise(ownLocal, gateway6)],
  ["an advertisement of another's MAC", advertise(own.ipv6, own.ipv6, frames.linkLayerOption(2, victim.mac))],
  [
    "an advertisement with more options",
    advertise(own.ipv6, own.ipv6, frames.nonceOption, frames.linkLayerOption(2, victim.mac)),
  ],
  ["a solicitation under another's MAC", solicit(own.ipv6, victim.ipv6, frames.linkLayerOption(1, victim.mac))],
  ["a solicitation under another's address", solicit(victim.ipv6, gateway6, frames.linkLayerOption(1, own.mac))],
  ["a claim to another's address", solicit("::", victim.ipv6)],
  [
    "a VLAN tag",
    from(
      own.mac,
      types.vlan,
      Buffer.concat([Buffer.from([0, 5, 8, 0]), frames.ipv4(own.ipv4, victim.ipv4, protocols.udp, frames.udp(1, 2))]),
    ),
  ],
  ["another protocol", from(own.mac, types.pppoe, Buffer.alloc(46))],
  ["a frame of the spanning tree protocol", frames.ethernet("01:80:c2:00:00:00", own.mac, 38, Buffer.alloc(46))],
];

inSandbox(import.meta.filename, () => {
  describe("an instance on a bridge", () => {
    let host: NetworkHost;
    let sender: RawLink;
    let receiver: RawLink;
    let driver: BridgeDriver;
    let ownPlace: string;
    let place: string;

    beforeAll(async () => {
      host = await NetworkHost.create();
      driver = host.driver();
      await driver.ensure(network);
      const places: [string, string] = [await host.namespace(), await host.namespace()];
      for (const [index, port] of [own, victim].entries()) {
        const path = places[index] ?? "";
        await driver.attach(port, { kind: "namespace", path });
        await runInside(path)("ip", ["link", "set", "eth0", "up"]);
      }
      await host.boot(places[1]);
      [ownPlace, place] = places;
      sender = new RawLink(places[0], "eth0");
      receiver = new RawLink(places[1], "eth0");
      await forwarded();
    });
    afterAll(async () => {
      sender.close();
      receiver.close();
      await host.close();
    });

    let sequence = 0;
    const arrives = async (frame: Buffer) => {
      // Frames keep their order, so what has not come before this one does not come.
      const last = ipv4(own.ipv4, frames.udp(sequence++, 9));
      sender.send(frame);
      sender.send(last);
      // Whole frames are not compared: a VLAN tag is taken out on the way.
      return (await receiver.receiveUntil(last)).some((each) => each.includes(frame.subarray(18)));
    };

    /** A bridge forwards for a port when it has noticed that its interface is up, which is soon after that. */
    const forwarded = () =>
      vi.waitFor(
        () => {
          const first = ipv4(own.ipv4, frames.udp(sequence++, 9));
          sender.send(first);
          return receiver.receiveUntil(first, 100);
        },
        { timeout: 20_000 },
      );

    it.each(passes)("may send %s", async (_, frame) => {
      expect(await arrives(frame)).toBe(true);
    });

    it.each(dropped)("may not send %s", async (_, frame) => {
      expect(await arrives(frame)).toBe(false);
    });

    it("cannot make a neighbour believe anything of others", async () => {
      const neighbours = await runInside(place)("ip", ["neigh", "show"]);
      for (const line of neighbours.split("\n").filter((each) => each.includes(own.mac))) {
        expect([own.ipv4, own.ipv6, ownLocal]).toContain(line.split(" ")[0]);
      }
    });

    const spoofed = {
      ipv4: ipv4(stranger),
      ipv6: ipv6(victim.ipv6, protocols.udp, frames.udp(1, 2)),
      mac: from("02:10:d6:ff:ff:ff", types.ipv4, frames.ipv4(own.ipv4, victim.ipv4, protocols.udp, frames.udp(3, 4))),
    };
    it.each([
      [{ mac: true, ipv4: false, ipv6: true }, ["ipv4"]],
      [{ mac: true, ipv4: true, ipv6: false }, ["ipv6"]],
      [{ mac: true, ipv4: false, ipv6: false }, ["ipv4", "ipv6"]],
      [{ mac: false, ipv4: false, ipv6: false }, ["ipv4", "ipv6", "mac"]],
    ])("filtered by %j may lie in %j alone", async (filter, lies) => {
      sender.close();
      await driver.detach(own.instance);
      await driver.attach({ ...own, filter }, { kind: "namespace", path: ownPlace });
      await runInside(ownPlace)("ip", ["link", "set", "eth0", "up"]);
      sender = new RawLink(ownPlace, "eth0");
      await forwarded();
      const told = [];
      for (const [what, frame] of Object.entries(spoofed)) if (await arrives(frame)) told.push(what);
      expect(told).toEqual(lies);
    });
  });
});
