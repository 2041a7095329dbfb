import type { Network, NetworkCreate, NetworkForward, NetworkForwardCreate } from "@lodge/api";
import { errorReply, type FakeReply, type FakeServer, syncReply } from "./fake-server.ts";

const all = /^\/1\.0\/networks$/;
const one = /^\/1\.0\/networks\/([^/]+)$/;
const forwards = /^\/1\.0\/networks\/([^/]+)\/forwards$/;
const forward = /^\/1\.0\/networks\/([^/]+)\/forwards\/([^/]+)$/;

/** Networks of a FakeServer, by name, and what they forward. */
export class FakeNetworks {
  readonly byName = new Map<string, Network>([["lodgebr0", network({ name: "lodgebr0" })]]);
  /** By network and address, `dev 192.0.2.10`. */
  readonly forwards = new Map<string, NetworkForward>();

  constructor(server: FakeServer) {
    const { byName } = this;
    const of = (name = "") => [...this.forwards].filter(([key]) => key.startsWith(`${name} `)).map(([, each]) => each);
    server
      .on("GET", all, () => syncReply([...byName.values()]))
      .on("POST", all, ({ body }) => put(byName, network(parse(body)), ({ name }) => name))
      .on("GET", one, ({ params: [name = ""] }) => show(byName.get(name)))
      .on("PUT", one, ({ params: [name = ""], body }) =>
        put(byName, network({ ...parse<NetworkCreate>(body), name }), () => name),
      )
      .on("POST", one, ({ params: [name = ""], body }) => {
        const renamed = network({ ...byName.get(name), ...parse<NetworkCreate>(body) });
        byName.delete(name);
        return put(byName, renamed, () => renamed.name);
      })
      .on("DELETE", one, ({ params: [name = ""] }) => syncReply({ deleted: byName.delete(name) }))
      .on("GET", /^\/1\.0\/networks\/([^/]+)\/state$/, () => syncReply(state))
      .on("GET", /^\/1\.0\/networks\/([^/]+)\/leases$/, () => syncReply([lease]))
      .on("GET", forwards, ({ params: [name] }) => syncReply(of(name)))
      .on("POST", forwards, ({ params: [name], body }) =>
        put(this.forwards, forwardOf(parse(body)), ({ listen_address }) => `${name} ${listen_address}`),
      )
      .on("GET", forward, ({ params }) => show(this.forwards.get(params.join(" "))))
      .on("PUT", forward, ({ params, body }) =>
        put(this.forwards, forwardOf({ ...parse(body), listen_address: params[1] ?? "" }), () => params.join(" ")),
      )
      .on("DELETE", forward, ({ params }) => syncReply({ deleted: this.forwards.delete(params.join(" ")) }));
  }
}

const parse = <T extends object>(body: Buffer): T => JSON.parse(String(body)) as T;

function put<T>(rows: Map<string, T>, row: T, keyOf: (row: T) => string): FakeReply {
  rows.set(keyOf(row), row);
  return syncReply({});
}

function show(row: unknown): FakeReply {
  if (row === undefined) return errorReply(404, "network_not_found", "There is no such network.");
  return syncReply(row, { etag: '"1"' });
}

function network({ name, description, config }: NetworkCreate): Network {
  return {
    ...{ name, description: description ?? "", config: config ?? {}, used_by: [] },
    ...{ type: "bridge", managed: true, status: "Created", locations: ["none"] },
  };
}

function forwardOf({ listen_address, description, config, ports }: NetworkForwardCreate): NetworkForward {
  const filled = (ports ?? []).map((port) => ({ description: "", target_port: "", ...port }));
  return {
    ...{ listen_address, description: description ?? "", config: config ?? {}, location: "none" },
    ports: filled as NetworkForward["ports"],
  };
}

const state = {
  addresses: [{ family: "inet", address: "10.9.9.1", netmask: "24", scope: "global" }],
  counters: { bytes_received: 2048, bytes_sent: 100, packets_received: 3, packets_sent: 1 },
  ...{ hwaddr: "02:10:d7:00:00:01", mtu: 1400, state: "up", type: "broadcast", bridge: null },
};
const lease = { hostname: "web", hwaddr: "02:10:d6:00:00:01", address: "10.9.9.2", type: "dynamic", location: "none" };
