import type { Devices } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";
import { checkDevices } from "./check.ts";
import { readProxies } from "./proxies.ts";
import { formatProxyAddress, parseProxyAddress } from "./proxy-address.ts";
import { translations } from "./serve-proxies.ts";

const p80 = { type: "proxy", listen: "tcp:127.0.0.1:8080", connect: "tcp:127.0.0.1:80" };

describe("addresses of proxies", () => {
  it.each([
    ["tcp:127.0.0.1:80", { kind: "tcp", address: "127.0.0.1", ports: [80] }],
    ["udp:[::1]:53", { kind: "udp", address: "::1", ports: [53] }],
    ["tcp:0.0.0.0:80-82,443", { kind: "tcp", address: "0.0.0.0", ports: [80, 81, 82, 443] }],
    ["unix:/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["unix:@name", { kind: "unix", path: "@name" }],
  ])("are read and written: %s", (text, address) => {
    expect(parseProxyAddress(text)).toEqual(address);
    if (!text.includes("-")) expect(formatProxyAddress(parseProxyAddress(text) as never)).toBe(text);
  });

  it.each([
    "tcp:127.0.0.1",
    "tcp:localhost:80",
    "tcp:::1:80",
    "tcp:[127.0.0.1]:80",
    "tcp:127.0.0.1:0",
    "tcp:127.0.0.1:80-79",
    "tcp:127.0.0.1:80,80",
    "tcp:127.0.0.1:1-2000",
    "sctp:127.0.0.1:80",
    "unix:run/x",
    "unix:/run/../x",
    "unix:/run/",
    "unix:@",
    `unix:/${"x".repeat(107)}`,
    "",
  ])("refuses %j", (text) => expect(parseProxyAddress(text)).toEqual(expect.any(String)));
});

describe("proxies", () => {
  const root = { type: "disk", path: "/", pool: "default" };
  it.each<[Record<string, string>, RegExp, string?]>([
    [{ type: "proxy", connect: p80.connect }, /needs the key listen/],
    [{ ...p80, connect: "tcp:localhost:80" }, /connect: "tcp:localhost:80" is no address/],
    [{ ...p80, bind: "nowhere" }, /must be one of/],
    [{ ...p80, connect: "udp:127.0.0.1:80" }, /udp can be passed on to udp only/],
    [{ ...p80, connect: "tcp:127.0.0.1:80-81" }, /as many, or one/],
    [{ ...p80, uid: "5" }, /uid is for listening on a unix socket/],
    [{ ...p80, "security.uid": "5" }, /security.uid is for connecting to a unix socket/],
    [{ ...p80, nat: "true" }, /does not leave the host/],
    [{ ...p80, listen: "tcp:0.0.0.0:80", nat: "true" }, /connect to tcp:0.0.0.0:PORT/],
    [{ ...p80, listen: "tcp:0.0.0.0:80", nat: "true", bind: "instance" }, /nat is for bind=host/],
    [{ ...p80, listen: "unix:/run/x", nat: "true" }, /nat is for tcp and udp/],
    [{ ...p80, listen: "tcp:[::]:80", connect: "tcp:0.0.0.0:80", nat: "true" }, /same IP version/],
    [
      { ...p80, listen: "tcp:0.0.0.0:80", connect: "tcp:0.0.0.0:80", nat: "true", proxy_protocol: "true" },
      /without nat/,
    ],
    [p80, /connect to tcp:0.0.0.0:PORT/, "virtual-machine"],
    [{ ...p80, connect: "tcp:0.0.0.0:80", bind: "guest" }, /bind=instance is for containers/, "virtual-machine"],
    [{ ...p80, connect: "unix:/run/x" }, /cannot be reached/, "virtual-machine"],
  ])("refuses %j", (device, message, type = "container") => {
    expect(() => checkDevices("i", type as "container", { root, p: device })).toThrow(message);
  });

  it("are read whole", () => {
    const device = { ...p80, listen: "unix:/run/x", mode: "0600", uid: "33", bind: "guest", proxy_protocol: "true" };
    expect(readProxies("i", "container", { p: device })).toEqual([
      {
        name: "p",
        listen: { kind: "unix", path: "/run/x" },
        connect: { kind: "tcp", address: "127.0.0.1", ports: [80] },
        bind: "instance",
        proxyProtocol: true,
        socket: { uid: 33, gid: 0, mode: 0o600 },
        user: { uid: 0, gid: 0 },
      },
    ]);
  });

  it("translate port by port, or all to one", () => {
    const listen = { kind: "tcp", address: "0.0.0.0", ports: [80, 81] } as const;
    const target = (...ports: number[]) =>
      translations(listen, { kind: "tcp", address: "0.0.0.0", ports }, "10.0.0.2").map(({ targetPort }) => targetPort);
    expect(target(90, 92)).toEqual([90, 92]);
    expect(target(90)).toEqual([90, 90]);
  });
});

describe("of an instance, proxies", () => {
  // The fake driver is one of virtual machines here, which are reached over their network.
  const p80 = { type: "proxy", listen: "tcp:127.0.0.1:8080", connect: "tcp:0.0.0.0:80" };
  const natted = { ...p80, listen: "tcp:192.0.2.1:80", connect: "tcp:0.0.0.0:8080", nat: "true" };

  async function withDevices(devices: Devices, start: boolean) {
    const daemon = await setUp();
    await done(daemon.instances.create("default", web({ devices, start })));
    const change = async (next: Devices) => {
      const { config, profiles } = await daemon.instances.get("default", "web");
      await done(daemon.instances.update("default", "web", { config, profiles, devices: next }));
    };
    const stop = () => done(daemon.instances.changeState("default", "web", { action: "stop", force: true }));
    const served = () => [...daemon.host.proxies.served.values()].map(({ device }) => device);
    const forwarded = () => [...daemon.host.network.forwards.values()].map(({ device }) => device);
    return { ...daemon, change, stop, served, forwarded };
  }

  it("begin and end with its runs", async () => {
    const { stop, served, forwarded } = await withDevices({ p80, natted }, true);
    expect([served(), forwarded()]).toEqual([["p80"], ["natted"]]);
    await stop();
    expect([served(), forwarded()]).toEqual([[], []]);
  });

  it("come and go while it runs, and a conflict leaves it as it was", async () => {
    const { change, served, forwarded, instances } = await withDevices({}, true);
    await change({ p80, natted });
    expect([served(), forwarded()]).toEqual([["p80"], ["natted"]]);
    await expect(change({ p80, natted, other: p80 })).rejects.toThrow("in use");
    expect((await instances.get("default", "web")).devices).toEqual({ p80, natted });
    await change({ other: p80 });
    expect([served(), forwarded()]).toEqual([["other"], []]);
  });

  it("of one that is stopped are tried when they are added", async () => {
    const { change, host, instances } = await withDevices({}, false);
    const [, taken] = [...(await withDevices({ p80 }, true)).host.proxies.served].flat();
    if (typeof taken === "object") host.proxies.served.set("somebody else", taken);
    await expect(change({ p80 })).rejects.toThrow("in use");
    expect((await instances.get("default", "web")).devices).toEqual({});
  });

  it("lead to the address that it has", async () => {
    const { change } = await withDevices({}, true);
    await expect(change({ natted: { ...natted, connect: "tcp:10.9.9.9:80" } })).rejects.toThrow(
      /no address of it.*10\.1\.2\./,
    );
  });

  it("are settled by the next daemon", async () => {
    const { host, deps, served, forwarded } = await withDevices({ p80, natted }, true);
    const [record] = await deps.store.instances.list();
    if (record) await deps.store.instances.put({ ...record, devices: { other: p80 } });
    await startDaemon(host);
    expect([served(), forwarded()]).toEqual([["other"], []]);
  });
});
