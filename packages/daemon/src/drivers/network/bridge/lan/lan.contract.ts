/** Nics on interfaces of the host: a bridge, and an interface that leads to a LAN. Needs root. */
import { closeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { LanPort } from "@lodge/core";
import { testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMacvtap } from "../../../../system/macvtap.ts";
import { run } from "../../../../system/run.ts";
import { openTap } from "../../../../system/tap.ts";
import { type BridgeDriver, removeFabric } from "../driver.ts";
import { runInside } from "../fabric-namespace.ts";
import * as frames from "../testing/frames.ts";
import { NetworkHost } from "../testing/network-host.ts";
import { RawLink } from "../testing/raw-link.ts";
import { inSandbox } from "../testing/sandbox.ts";

const lanPort = (instance: number, parent: string, mode: LanPort["mode"], more: Partial<LanPort> = {}): LanPort => {
  const { network: _, ...port } = testPort(instance);
  const filter = { mac: mode === "bridged", ipv4: false, ipv6: false };
  return { ...port, parent, mode, filter, ipv4: "", ipv6: "", ...more };
};
const bridged = lanPort(1, "br0", "bridged");
const macvlan = lanPort(2, "wan0", "macvlan");
/** The instance with `bridged` has it, too. */
const secondNic: LanPort = { ...macvlan, instance: bridged.instance, device: "eth1", index: 1 };
const world = "198.51.100.1";
const bridgeFilter = "/proc/sys/net/bridge/bridge-nf-call-iptables";

inSandbox(import.meta.filename, () => {
  describe("nics in the LAN", () => {
    let host: NetworkHost;
    let driver: BridgeDriver;
    let outside: string;
    let place: string;
    const inPlace = (...command: string[]) => runInside(place)(command[0] ?? "", command.slice(1));
    const rules = () => run("nft", ["list", "tables"]);

    beforeAll(async () => {
      await run("ip", ["link", "set", "lo", "up"]);
      host = await NetworkHost.create();
      // A LAN with a bridge of the host's in it (198.51.100.0/24), and a second interface of the host's that leads to the same LAN.
      outside = await host.connect(1500);
      const commands = [
        "link add br0 type bridge",
        "link set br0 up",
        `link add port0 type veth peer name lan0 netns ${outside}`,
        "link set port0 master br0 up",
      ];
      await run("ip", ["-batch", "-"], { input: commands.join("\n") });
      const there = [
        "link add lan type bridge",
        "link set lan0 master lan up",
        "link set world master lan",
        "link set lan up",
      ];
      const addresses = ["addr del 198.51.100.1/24 dev world", "addr add 198.51.100.1/24 dev lan"];
      await runInside(outside)("ip", ["-batch", "-"], { input: [...there, ...addresses].join("\n") });
      driver = host.driver();
      await driver.ensure(testNetwork);
      place = await host.namespace();
      await driver.attach(bridged, { kind: "namespace", path: place });
      await driver.attach(secondNic, { kind: "namespace", path: place });
    });
    afterAll(() => host.close());

    it("reach it by a bridge of the host's", async () => {
      await inPlace("ip", "addr", "add", "198.51.100.11/24", "dev", "eth0");
      await inPlace("ip", "link", "set", "eth0", "up");
      await inPlace("ping", "-c", "1", "-W", "2", world);
    });

    it("reach it by a MAC of their own beside the host's", async () => {
      await inPlace("ip", "link", "set", "eth0", "down");
      await inPlace("ip", "addr", "add", "198.51.100.12/24", "dev", "eth1");
      await inPlace("ip", "link", "set", "eth1", "up");
      await inPlace("ping", "-c", "1", "-W", "2", world);
      expect(await runInside(outside)("ip", ["neigh", "show", "198.51.100.12"])).toContain(macvlan.mac);
      await inPlace("ip", "link", "set", "eth0", "up");
    });

    it("show what they do", async () => {
      const state = await driver.state(bridged.instance);
      expect(state["eth0"]).toMatchObject({ ipv4: ["198.51.100.11/24"], mtu: 1500 });
      expect(state["eth0"]?.hostInterface).toMatch(/^n[0-9a-f]{6}[0-9a-z]{7}0$/);
      expect(state["eth1"]).toMatchObject({ ipv4: ["198.51.100.12/24"], hostInterface: "" });
      expect(state["eth1"]?.packetsSent).toBeGreaterThan(0);
    });

    it("send under their own MAC, and under a fixed address alone", async () => {
      const fixed = {
        ...lanPort(3, "br0", "bridged"),
        ipv4: "198.51.100.13",
        filter: { mac: true, ipv4: true, ipv6: false },
      };
      const path = await host.namespace();
      await driver.attach(fixed, { kind: "namespace", path });
      await runInside(path)("ip", ["link", "set", "eth0", "up"]);
      // Where it filters bridges the kernel also drops packets that are less than perfect, as these are.
      await writeFile(bridgeFilter, "0");
      const sender = new RawLink(path, "eth0");
      const receiver = new RawLink(outside, "lan0");
      const packet = (mac: string, source: string, port: number) =>
        frames.ethernet("ff:ff:ff:ff:ff:ff", mac, 0x0800, frames.ipv4(source, world, 17, frames.udp(port, 9)));
      const last = packet(fixed.mac, fixed.ipv4, 1);
      const spoofed = [packet("02:10:d6:ff:ff:ff", fixed.ipv4, 2), packet(fixed.mac, "198.51.100.14", 3)];
      for (const frame of [...spoofed, last]) sender.send(frame);
      const arrived = await receiver.receiveUntil(last);
      for (const frame of spoofed) expect(arrived.some((each) => each.equals(frame))).toBe(false);
      sender.close();
      receiver.close();
      await driver.detach(fixed.instance);
    });

    it("are taps for VMs, of either kind", async () => {
      const place = { kind: "tap", uid: 1_000_000 } as const;
      const tap = await driver.attach(lanPort(4, "br0", "bridged"), place);
      const macvtap = await driver.attach(lanPort(5, "wan0", "macvlan"), place);
      if (tap.kind !== "tap" || macvtap.kind !== "tap") throw new Error("no taps");
      expect(tap.macvtap).toBeUndefined();
      closeSync(openTap(tap.fabricNamespace, tap.hostInterface));
      expect(macvtap.macvtap).toBe(true);
      closeSync(openMacvtap(macvtap.fabricNamespace, macvtap.hostInterface));
      for (const instance of [4, 5]) await driver.detach(testPort(instance).instance);
      expect(await run("ip", ["-br", "link"])).not.toContain(tap.hostInterface);
    });

    it("keep their limits, which come and go with them", async () => {
      const [near, far] = [lanPort(8, "wan0", "macvlan"), lanPort(9, "br0", "bridged")];
      const limits = { ingress: 4e6, egress: 2e6 };
      await driver.attach({ ...near, limits }, { kind: "tap", uid: 1_000_000 });
      await driver.attach(far, { kind: "namespace", path: await host.namespace() });
      await driver.setLimits([{ ...far, limits }]);
      const seen = async () =>
        Promise.all([near, far].map(async ({ instance }) => (await driver.state(instance))["eth0"]?.limits));
      expect(await seen()).toEqual([limits, limits]);
      // The guest's own end queues what it sends, the host's end of a pair what the guest receives.
      const rates = async () => (await run("tc", ["qdisc", "show"])).match(/dev \S+0 root .* rate \S+/g)?.sort();
      expect(await rates()).toEqual([expect.stringMatching(/rate 2Mbit/), expect.stringMatching(/rate 4Mbit/)]);
      await driver.reconcile([testNetwork], [bridged, secondNic, near, { ...far, limits: { egress: 1e6 } }], []);
      expect(await seen()).toEqual([undefined, { egress: 1e6 }]);
      for (const { instance } of [near, far]) await driver.detach(instance);
      expect(await run("ip", ["link", "show", "type", "ifb"])).toBe("");
    });

    it("pass Docker's filter, which the kernel asks about bridges too", async () => {
      for (const program of ["iptables", "ip6tables"]) {
        for (const command of [
          "-P FORWARD DROP",
          "-N DOCKER-USER",
          "-A DOCKER-USER -j RETURN",
          "-I FORWARD -j DOCKER-USER",
        ])
          await run(program, command.split(" "));
      }
      await writeFile(bridgeFilter, "1");
      driver.close();
      await inPlace("ip", "link", "set", "eth1", "down");
      await expect(inPlace("ping", "-c", "1", "-W", "1", world)).rejects.toThrow();
      driver = host.driver();
      await driver.reconcile([testNetwork], [bridged, secondNic], []);
      const passes = () =>
        inPlace("ping", "-c", "1", "-W", "1", world).then(
          () => true,
          () => false,
        );
      await expect.poll(passes, { timeout: 15_000 }).toBe(true);
    });

    it("say what is wrong with their parent", async () => {
      const place = { kind: "tap", uid: 1_000_000 } as const;
      const attach = (parent: string, mode: LanPort["mode"], more = {}) =>
        driver.attach({ ...lanPort(6, parent, mode), ...more }, place);
      const invalid = { code: "network_parent_invalid" };
      await expect(attach("br9", "bridged")).rejects.toMatchObject({
        ...invalid,
        message: expect.stringMatching(/no "br9".*br0/),
      });
      await expect(attach("wan0", "bridged")).rejects.toMatchObject({
        ...invalid,
        message: expect.stringMatching(/no bridge/),
      });
      await expect(attach("lo", "macvlan")).rejects.toMatchObject({
        ...invalid,
        message: expect.stringMatching(/wan0/),
      });
      await expect(attach("br0", "bridged", { mtu: 9000 })).rejects.toMatchObject({ code: "config_value_invalid" });
      expect(await driver.state(testPort(6).instance)).toEqual({});
    });

    it("are found again by the next daemon, which keeps what it names and removes the rest", async () => {
      const next = host.driver();
      await next.reconcile([testNetwork], [bridged], []);
      expect(Object.keys(await next.state(bridged.instance))).toEqual(["eth0"]);
      await inPlace("ping", "-c", "1", "-W", "2", world);
      expect(await inPlace("ip", "-br", "link")).not.toContain("eth1");
    });

    it("go one by one while the instance runs, also under another name, and leave nothing", async () => {
      await driver.attach(secondNic, { kind: "namespace", path: place });
      await inPlace("ip", "link", "set", "eth1", "name", "other1");
      await driver.detachPort(bridged.instance, "eth1");
      expect(await inPlace("ip", "-br", "link")).not.toContain("other1");
      await driver.detachPort(bridged.instance, "eth0");
      expect(await inPlace("ip", "-br", "link")).not.toContain("eth0");
      expect(await rules()).not.toContain("table bridge");
    });

    it("go with the fabric, taps and rules in Docker's chain too", async () => {
      await driver.attach(lanPort(7, "br0", "bridged"), { kind: "tap", uid: 1_000_000 });
      await removeFabric(host.paths);
      expect(await run("ip", ["-br", "link"])).not.toContain(`n${host.paths.tag}`);
      expect(await rules()).not.toContain("lodge");
      expect(await run("iptables", ["-S", "DOCKER-USER"])).not.toContain("lodge");
    });
  });
});
