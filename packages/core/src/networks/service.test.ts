import type { NetworkForward } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, web } from "../instances/testing/fake-host.ts";
import { NetworkChanges } from "./changes.ts";
import { NetworkForwards } from "./forwards.ts";
import { Networks } from "./service.ts";

const nic = { type: "nic", network: "dev" };

/** A host with the network lodgebr0 (10.1.2.1/24) and a second one, dev (10.5.5.1/24). */
async function world() {
  const daemon = await setUp();
  const deps = { ...daemon.deps, isRunning: daemon.runs.isRunning.bind(daemon.runs) };
  const changes = new NetworkChanges(deps);
  const networks = new Networks(deps, changes);
  await networks.create({ name: "dev", config: { "ipv4.address": "10.5.5.1/24", "ipv6.address": "none" } });
  const set = (name: string, config: Record<string, string>) =>
    networks.update(name, (network) => ({ ...network, config: { ...network.config, ...config } }));
  return { ...daemon, networks, set, forwards: new NetworkForwards(deps, changes) };
}

describe("creating a network", () => {
  it("chooses private addresses that nobody has, and translates them", async () => {
    const { networks, host } = await world();
    await networks.create({ name: "auto" });
    const { config } = await networks.get("auto");
    expect(config["ipv4.address"]).toMatch(/^10\.\d+\.\d+\.1\/24$/);
    expect(config["ipv6.address"]).toMatch(/^fd.*::1\/64$/);
    expect(config).toMatchObject({ "ipv4.nat": "true", "ipv6.nat": "true" });
    expect(host.network.networks.get("auto")).toMatchObject({ nat: { ipv4: true, ipv6: true }, domain: "lodge" });
  });

  it("routes addresses that its user gave", async () => {
    const { networks, host, actions } = await world();
    expect((await networks.get("dev")).config).toEqual({ "ipv4.address": "10.5.5.1/24", "ipv6.address": "none" });
    expect(host.network.networks.get("dev")).toMatchObject({ nat: { ipv4: false }, ipv6: "" });
    expect(actions).toContain("network-created");
  });

  it.each([
    ["dev", {}, "network_exists"],
    ["a name", {}, "request_invalid"],
    ["n", { colour: "red" }, "config_key_unknown"],
    ["n", { "ipv4.address": "10.7.0.1" }, "config_value_invalid"],
    ["n", { "ipv4.address": "10.7.0.0/24" }, "config_value_invalid"],
    ["n", { "ipv4.address": "127.1.0.1/24" }, "config_value_invalid"],
    ["n", { "ipv4.address": "10.5.0.1/16" }, "network_address_taken"],
    ["n", { "ipv4.address": "192.0.2.129/25" }, undefined],
    ["n", { "ipv4.address": "192.0.2.1/24" }, "network_address_taken"],
    ["n", { "ipv6.address": "fd42:9::1/48" }, "config_value_invalid"],
    ["n", { "ipv6.address": "fd42::9/64" }, "network_address_taken"],
    ["n", { "ipv4.address": "10.7.0.1/24", "ipv4.dhcp.ranges": "10.8.0.2-10.8.0.9" }, "config_value_invalid"],
    ["n", { "ipv4.address": "10.7.0.1/24", "ipv4.dhcp.ranges": "10.7.0.9-10.7.0.2" }, "config_value_invalid"],
    ["n", { "bridge.mtu": "100" }, "config_value_invalid"],
    ["n", { "bridge.peers": "gone" }, "network_not_found"],
    ["n", { "bridge.peers": "dev", "bridge.uplink": "none" }, "config_value_invalid"],
    ["n", { "dns.domain": "a\nserver=1.1.1.1" }, "config_value_invalid"],
    ["n", { "dns.search": "lodge,-x" }, "config_value_invalid"],
  ])("named %s with %j is refused as %s", async (name, config, code) => {
    const { networks } = await world();
    const created = networks.create({ name, config });
    if (code === undefined) return expect(created).resolves.toBeUndefined();
    await expect(created).rejects.toMatchObject({ code });
    expect((await networks.list()).map((network) => network.name)).toEqual(["dev", "lodgebr0"]);
  });

  it("leaves nothing when the host refuses", async () => {
    const { networks, host } = await world();
    host.network.failEnsure = "broken";
    await expect(networks.create({ name: "broken" })).rejects.toThrow("broken");
    expect((await networks.list()).map(({ name }) => name)).not.toContain("broken");
    expect([...host.network.networks.keys()]).not.toContain("broken");
  });
});

describe("changing a network", () => {
  it("refuses what would cut off those who run on it, and names them", async () => {
    const { instances, set } = await world();
    await done(instances.create("default", web({ devices: { eth1: nic }, start: true })));
    await expect(set("dev", { "ipv4.address": "10.6.6.1/24" })).rejects.toThrow(/ipv4\.address of network "dev".*web/);
    await expect(set("dev", { "bridge.mtu": "1400" })).rejects.toMatchObject({ code: "network_in_use" });
    await set("dev", { "dns.domain": "dev", "ipv4.nat": "true" });
  });

  it("gives those that are stopped other addresses when they start", async () => {
    const { instances, set, networks, host } = await world();
    await done(instances.create("default", web({ devices: { eth1: nic } })));
    await set("dev", { "ipv4.address": "10.6.6.1/24" });
    expect(await networks.leases("dev")).toEqual([]);
    await done(instances.changeState("default", "web", { action: "start", timeout: 1, force: false, stateful: false }));
    expect((await networks.leases("dev")).map(({ address }) => address)).toEqual(["10.6.6.2"]);
    expect([...host.network.ports.values()].map(({ ipv4 }) => ipv4)).toEqual(["10.1.2.2", "10.6.6.2"]);
  });

  it("lets peers meet once both name each other, and parts them when one is isolated", async () => {
    const { set, host } = await world();
    const peers = () => ["dev", "lodgebr0"].map((name) => host.network.networks.get(name)?.peers);
    await set("dev", { "bridge.peers": "lodgebr0" });
    expect(peers()).toEqual([[], []]);
    await set("lodgebr0", { "bridge.peers": "dev" });
    expect(peers()).toEqual([["lodgebr0"], ["dev"]]);
    await set("dev", { "bridge.peers": "", "bridge.uplink": "none" });
    expect(peers()).toEqual([[], []]);
    expect(host.network.networks.get("dev")?.isolated).toBe(true);
  });

  it("puts everything back when the host refuses", async () => {
    const { set, networks, host } = await world();
    host.network.failEnsure = "dev";
    await expect(set("dev", { "dns.domain": "other" })).rejects.toThrow("dev");
    expect((await networks.get("dev")).config).not.toHaveProperty("dns.domain");
  });
});

describe("taking a network away", () => {
  it("is refused while somebody uses it, and says who", async () => {
    const { instances, networks } = await world();
    await done(instances.create("default", web({ devices: { eth1: nic } })));
    expect((await networks.get("dev")).used_by).toEqual(["/1.0/instances/web"]);
    await expect(networks.delete("dev")).rejects.toThrow(/used by instance "web"/);
    await expect(networks.rename("dev", "other")).rejects.toMatchObject({ code: "network_in_use" });
    await expect(networks.delete("lodgebr0")).rejects.toThrow(/profile "default"/);
  });

  it("takes it off the host, too", async () => {
    const { networks, host, actions } = await world();
    await networks.rename("dev", "test");
    expect([...host.network.networks.keys()].sort()).toEqual(["lodgebr0", "test"]);
    await networks.delete("test");
    expect([...host.network.networks.keys()]).toEqual(["lodgebr0"]);
    await expect(networks.get("test")).rejects.toMatchObject({ code: "network_not_found" });
    expect(actions.filter((action) => action.startsWith("network-"))).toEqual([
      "network-created",
      "network-renamed",
      "network-deleted",
    ]);
  });
});

describe("forwards", () => {
  const port = { protocol: "tcp" as const, listen_port: "80", target_address: "10.5.5.7", target_port: "8080" };

  it("are made, changed and taken away", async () => {
    const { forwards, host } = await world();
    const listen = "198.51.100.7";
    await forwards.create("dev", { listen_address: listen, config: { target_address: "10.5.5.9" } });
    await forwards.update("dev", listen, (forward: NetworkForward) => ({ ...forward, ports: [port] }));
    expect(await forwards.get("dev", listen)).toMatchObject({ ports: [{ ...port, description: "" }] });
    expect(host.network.networks.get("dev")?.forwards).toEqual([
      {
        listen,
        target: "10.5.5.9",
        ports: [{ protocol: "tcp", target: "10.5.5.7", first: 80, last: 80, targetPort: 8080 }],
      },
    ]);
    await forwards.delete("dev", listen);
    expect(await forwards.list("dev")).toEqual([]);
    await expect(forwards.delete("dev", listen)).rejects.toMatchObject({ code: "network_forward_not_found" });
  });

  it.each([
    [{ listen_address: "web" }, /no IP address/],
    [{ listen_address: "127.0.0.1" }, /loopback/],
    [{ listen_address: "10.1.2.9" }, /inside network "lodgebr0"/],
    [{ listen_address: "198.51.100.1" }, /forwarded already/],
    [{ listen_address: "2001:db8::1", config: { target_address: "10.5.5.9" } }, /same IP version/],
    [{ listen_address: "198.51.100.2", config: { target_address: "10.6.6.9" } }, /not inside the network/],
    [{ listen_address: "198.51.100.2", config: { target_address: "10.5.5.1" } }, /gateway/],
    [{ listen_address: "198.51.100.2", config: { colour: "red" } }, /Unknown configuration key/],
    [{ listen_address: "198.51.100.2", ports: [{ ...port, listen_port: "80-70" }] }, /listen_port "80-70"/],
    [{ listen_address: "198.51.100.2", ports: [port, port] }, /tcp 80 is named twice/],
    [{ listen_address: "198.51.100.2", ports: [{ ...port, target_address: "" }] }, /needs a target_address/],
  ])("of %j are refused", async (request, message) => {
    const { forwards } = await world();
    await forwards.create("lodgebr0", { listen_address: "198.51.100.1" });
    await expect(forwards.create("dev", request)).rejects.toThrow(message);
    expect(await forwards.list("dev")).toEqual([]);
  });

  it("and isolation exclude each other, and so do their targets and another subnet", async () => {
    const { forwards, set } = await world();
    await forwards.create("dev", { listen_address: "198.51.100.1", config: { target_address: "10.5.5.9" } });
    await expect(set("dev", { "bridge.uplink": "none" })).rejects.toThrow(/isolated/);
    await expect(set("dev", { "ipv4.address": "10.6.6.1/24" })).rejects.toThrow(/not inside the network/);
  });
});
