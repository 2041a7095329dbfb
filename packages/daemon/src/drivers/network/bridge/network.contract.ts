/** The contract of networks, and what this driver promises beyond it, on a real kernel with real tools. Needs root. */
import { closeSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { describeNetwork, testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import { makeTap, openTap } from "../../../system/tap.ts";
import { findDnsmasqs } from "./dnsmasq-processes.ts";
import type { BridgeDriver } from "./driver.ts";
import { removeFabric } from "./driver.ts";
import { fabricPath, runInside } from "./fabric-namespace.ts";
import { hostLink } from "./interface-names.ts";
import { NetworkHost } from "./testing/network-host.ts";
import { inSandbox } from "./testing/sandbox.ts";

inSandbox(import.meta.filename, () => {
  beforeAll(() => run("ip", ["link", "set", "lo", "up"]));

  describeNetwork("the bridge driver", async () => {
    const host = await NetworkHost.create();
    return {
      driver: host.driver(),
      place: async (kind) => (kind === "tap" ? { kind, uid: 1_000_000 } : { kind, path: await host.namespace() }),
      restart: () => host.driver(),
      close: () => host.close(),
    };
  });

  describe("a network of bridges", () => {
    const [one, two] = [testPort(1), testPort(2)];
    let host: NetworkHost;
    let driver: BridgeDriver;
    let places: [string, string];

    beforeAll(async () => {
      host = await NetworkHost.create();
      driver = host.driver();
      await driver.ensure(testNetwork);
      places = [await host.namespace(), await host.namespace()];
      await driver.attach(one, { kind: "namespace", path: places[0] });
      await driver.attach(two, { kind: "namespace", path: places[1] });
      await Promise.all(places.map((place) => host.boot(place)));
    });
    afterAll(() => host.close());

    const inOne = (...command: string[]) => runInside(places[0])(command[0] ?? "", command.slice(1));

    it("connects a tap that its user made before, which goes with its user", async () => {
      const three = testPort(3);
      const nic = await driver.foresee(three);
      if (nic.kind !== "tap") throw new Error("no tap");
      const tap = makeTap(nic.fabricNamespace, nic.hostInterface, 1_000_000);
      try {
        expect(await driver.attach(three, { kind: "tap", uid: 1_000_000, made: true })).toEqual(nic);
        const links = await runInside(nic.fabricNamespace)("ip", ["-br", "link", "show", "master", testNetwork.name]);
        expect(links).toContain(nic.hostInterface);
      } finally {
        closeSync(tap);
      }
      await expect(runInside(nic.fabricNamespace)("ip", ["link", "show", nic.hostInterface])).rejects.toThrow();
      await driver.detach(three.instance);
    });

    it("gives instances their addresses, by DHCP and router advertisement", async () => {
      // An address that the kernel still looks for elsewhere in the network is there, and nothing can be sent from it.
      const usable = () => inOne("ip", "-6", "addr", "show", "dev", "eth0", "scope", "global", "-tentative");
      await expect.poll(usable, { timeout: 10_000 }).toContain(one.ipv6);
      const addresses = await inOne("ip", "-br", "addr", "show", "eth0");
      expect(addresses).toContain(`${one.ipv4}/24`);
      expect(await inOne("ip", "-6", "route")).toContain("default via fe80::1");
    });

    it("says which addresses are in use, and counts as the instance does", async () => {
      const state = async () => (await driver.state(two.instance))["eth0"];
      await expect
        .poll(state, { timeout: 10_000 })
        .toMatchObject({ ipv4: [`${two.ipv4}/24`], ipv6: [`${two.ipv6}/64`] });
      const before = await state();
      await inOne("ping", "-c", "1", "-W", "2", "-s", "1000", two.ipv4);
      await expect
        .poll(async () => (await state())?.bytesReceived)
        .toBeGreaterThan((before?.bytesReceived ?? 0) + 1000);
    });

    it("names instances both ways", async () => {
      for (const name of ["inst2.lodge", "inst2", "INST2.lodge"]) {
        const answer = await inOne("busybox", "nslookup", name, "10.211.7.1");
        expect(answer).toContain(two.ipv4);
        expect(answer).toContain(two.ipv6);
      }
      expect(await inOne("busybox", "nslookup", two.ipv4, "10.211.7.1")).toContain("inst2.lodge");
      expect(await run("busybox", ["nslookup", "inst1.lodge", "10.211.7.1"])).toContain(one.ipv4);
    });

    it("connects neighbours with each other and with the host", async () => {
      await inOne("ping", "-c", "1", "-W", "2", two.ipv4);
      await inOne("ping", "-c", "1", "-W", "2", two.ipv6);
      await run("ping", ["-c", "1", "-W", "2", one.ipv4]);
      await run("ping", ["-c", "1", "-W", "2", one.ipv6]);
      const [link] = JSON.parse(await run("ip", ["-j", "addr", "show", hostLink(host.paths.tag)]));
      for (const { local, scope } of link.addr_info)
        if (scope === "global") await inOne("ping", "-c", "1", "-W", "2", local);
    });

    it("leads nowhere else without an uplink", async () => {
      await expect(inOne("ping", "-c", "1", "-W", "1", "198.51.100.1")).rejects.toThrow();
    });

    it("opens the gateway for nothing but addresses, names and ping", async () => {
      const fabric = runInside(fabricPath(host.paths));
      await expect(inOne("busybox", "nc", "-w", "1", "10.211.7.1", "22")).rejects.toThrow();
      expect(await fabric("nft", ["list", "chain", "inet", "lodge", "input"])).toContain("policy drop");
    });

    it("runs dnsmasq without root", async () => {
      const [dnsmasq] = await findDnsmasqs(host.paths.networks);
      const status = await readFile(`/proc/${dnsmasq?.pid}/status`, "utf8");
      expect(status).not.toMatch(/^Uid:\s+0\s/m);
      // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW at most.
      const held = Number.parseInt(/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? "ffff", 16);
      expect(held & ~((1 << 10) | (1 << 12) | (1 << 13))).toBe(0);
    });

    it("starts dnsmasq again when it died, and leases hold", async () => {
      const [dnsmasq] = await findDnsmasqs(host.paths.networks);
      process.kill(dnsmasq?.pid ?? 0, "SIGKILL");
      await expect
        .poll(async () => (await findDnsmasqs(host.paths.networks))[0]?.pid, { timeout: 20_000 })
        .not.toBe(dnsmasq?.pid);
      await expect
        .poll(async () => (await driver.state(one.instance))["eth0"]?.ipv4, { timeout: 10_000 })
        .toEqual([`${one.ipv4}/24`]);
      await host.boot(places[0]);
    });

    it("is adopted as it runs by the next daemon", async () => {
      const [before] = await findDnsmasqs(host.paths.networks);
      const next = host.driver();
      await next.ensure(testNetwork);
      await next.reconcile([testNetwork], [one, two], []);
      expect(await findDnsmasqs(host.paths.networks)).toEqual([before]);
      expect((await next.state(one.instance))["eth0"]?.ipv4).toEqual([`${one.ipv4}/24`]);
      await inOne("ping", "-c", "1", "-W", "2", two.ipv4);
    });

    it("gives an address to the next instance as soon as the last is gone", async () => {
      const first = testPort(4);
      const second = { ...testPort(5), ipv4: first.ipv4 };
      for (const port of [first, second]) {
        const place = await host.namespace();
        await driver.attach(port, { kind: "namespace", path: place });
        await host.boot(place);
        expect((await driver.state(port.instance))["eth0"]?.ipv4).toEqual([`${first.ipv4}/24`]);
        await driver.detach(port.instance);
      }
      expect(await run("busybox", ["nslookup", "inst5.lodge", "10.211.7.1"]).catch(() => "")).not.toContain(first.ipv4);
    });

    it("makes taps for VMs that belong to them", async () => {
      const port = testPort(6);
      const nic = await driver.attach(port, { kind: "tap", uid: 1_234_567 });
      const fabric = runInside(fabricPath(host.paths));
      const [link] = JSON.parse(await fabric("ip", ["-j", "-d", "link", "show", nic.hostInterface]));
      expect(link.linkinfo.info_data).toMatchObject({ type: "tap", user: 1_234_567, vnet_hdr: true, persist: true });
      if (nic.kind === "tap") expect(openTap(nic.fabricNamespace, nic.hostInterface)).toBeGreaterThan(0);
      await driver.detach(port.instance);
    });

    it("attaches in little time", async () => {
      const place = await host.namespace();
      const times: Record<"attach" | "detach" | "process", number[]> = { attach: [], detach: [], process: [] };
      for (let round = 0; round < 10; round++) {
        const start = performance.now();
        await driver.attach(testPort(7), { kind: "namespace", path: place });
        const attached = performance.now();
        await driver.detach(testPort(7).instance);
        const detached = performance.now();
        await run("true", []);
        times.attach.push(attached - start);
        times.detach.push(detached - attached);
        times.process.push(performance.now() - detached);
      }
      const median = (values: number[]) => values.toSorted((a, b) => a - b)[5]?.toFixed(1);
      const medians = Object.entries(times).map(([what, values]) => `${what} ${median(values)} ms`);
      process.stdout.write(`medians: ${medians.join(", ")}\n`);
    });
  });

  describe("the end of all networks", () => {
    it("leaves nothing, also when the daemon is dead", async () => {
      const host = await NetworkHost.create();
      const [mounts, links] = [await readFile("/proc/self/mountinfo", "utf8"), await run("ip", ["-br", "link"])];
      const driver = host.driver();
      await driver.ensure(testNetwork);
      await driver.attach(testPort(1), { kind: "tap", uid: 1_000_000 });
      driver.close();
      await removeFabric(host.paths);
      await removeFabric(host.paths);
      expect(await run("ip", ["-br", "link"])).toBe(links);
      expect(await run("nft", ["list", "ruleset"])).toBe("");
      expect(await readFile("/proc/self/mountinfo", "utf8")).toBe(mounts);
      expect(await findDnsmasqs(host.paths.root)).toEqual([]);
      expect(await readdir(host.paths.namespaces)).toEqual([]);
      await host.close();
    });
  });
});
