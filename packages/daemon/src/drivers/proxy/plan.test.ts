import type { InstanceId, ProxyRequest } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { userOf, waysOf } from "./plan.ts";

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
