import type { InstanceId, ProxyRequest } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { proxyCommand, proxySpec, userOf, waysOf } from "./plan.ts";

const request: ProxyRequest = {
  instance: "00000001" as InstanceId,
  owner: "web",
  device: "p80",
  ids: { base: 1_000_000, size: 65_536, owner: 1_065_535 },
  listen: { kind: "tcp", address: "127.0.0.1", ports: [8080, 8081] },
  connect: { kind: "tcp", address: "127.0.0.1", ports: [80] },
  bind: "host",
  proxyProtocol: false,
  socket: { uid: 0, gid: 0, mode: 0o644 },
  user: { uid: 33, gid: 34 },
  container: { network: "/run/ns/net", init: 42 },
};
const socket = { kind: "unix", path: "/run/x" } as const;

it("there is a way for each port", () => {
  const tcp = (port: number) => ({ kind: "tcp", address: "127.0.0.1", port });
  expect(waysOf(request)).toEqual([
    { listen: tcp(8080), connect: tcp(80) },
    { listen: tcp(8081), connect: tcp(80) },
  ]);
  const connect = { kind: "tcp", address: "127.0.0.1", ports: [80, 82] } as const;
  expect(waysOf({ ...request, connect }).map((way) => way.connect)).toEqual([tcp(80), tcp(82)]);
  expect(waysOf({ listen: socket, connect: socket })).toEqual([{ listen: socket, connect: socket }]);
});

it("the process is told its descriptors in the order in which it gets them", () => {
  const spec = proxySpec(request, waysOf(request), true);
  expect(spec.listeners.map(({ descriptor, ipv6 }) => [descriptor, ipv6])).toEqual([
    [3, false],
    [4, false],
  ]);
  expect(spec).toMatchObject({ root: 5, uid: 1_065_535, proxyProtocol: false });
  expect(proxySpec(request, waysOf(request), false)).not.toHaveProperty("root");
});

it("a proxy that runs as root is started without any capability", () => {
  expect(proxyCommand("node", "main.js", ["a", "b"], 0).join(" ")).toMatch(
    /^setpriv .*--bounding-set=-all .*-- node main.js a b$/,
  );
  expect(proxyCommand("node", "main.js", ["a", "b"], 5)).toEqual(["node", "main.js", "a", "b"]);
});

describe("a proxy runs", () => {
  const whole = { base: 0, size: 65_536, owner: 0 };
  it.each<[string, Partial<ProxyRequest>, number, number]>([
    ["as the owner of the instance's namespaces", {}, 1_065_535, 1_065_535],
    ["so too for abstract sockets", { connect: { kind: "unix", path: "@x" } }, 1_065_535, 1_065_535],
    ["as a user of the container for its sockets", { connect: socket }, 1_000_033, 1_000_034],
    ["as a user of the host for the host's sockets", { connect: socket, bind: "instance" }, 33, 34],
    ["as nobody for a privileged container", { ids: whole }, 65_534, 65_534],
  ])("%s", (_what, more, uid, gid) => expect(userOf({ ...request, ...more })).toEqual({ uid, gid }));
});
