/** The wire of networks and forwards, with the core's own rules behind it. */
import { silentLog } from "@lodge/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeServices } from "../testing/fake-services.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await createHttpServer({
    services: fakeServices(),
    log: silentLog,
    version: "",
    recordings: "/nonexistent",
  });
});
afterEach(() => server.close());

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

async function ask(method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const url = `/1.0/networks${path}`;
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
  const answer = await server.app.inject({ method, url, headers, ...payload });
  return { status: answer.statusCode, headers: answer.headers, metadata: answer.json().metadata };
}

const config = { "ipv4.address": "10.5.5.1/24", "ipv6.address": "none" };

test("a network is made at its URL, changed as a whole or in part, renamed and deleted", async () => {
  expect(await ask("POST", "", { name: "dev", type: "", config })).toMatchObject({
    status: 201,
    headers: { location: "/1.0/networks/dev" },
  });
  expect((await ask("GET", "")).metadata).toEqual(["/1.0/networks/dev", "/1.0/networks/lodgebr0"]);
  await ask("PATCH", "/dev", { config: { "dns.domain": "dev" } });
  expect((await ask("GET", "/dev")).metadata).toMatchObject({
    ...{ name: "dev", type: "bridge", managed: true, used_by: [] },
    config: { ...config, "dns.domain": "dev" },
  });
  expect((await ask("PUT", "/dev", { description: "ours", config })).status).toBe(200);
  expect((await ask("GET", "/dev")).metadata).toMatchObject({ description: "ours", config });
  expect(await ask("POST", "/dev", { name: "test" })).toMatchObject({
    status: 201,
    headers: { location: "/1.0/networks/test" },
  });
  expect((await ask("DELETE", "/test")).status).toBe(200);
  expect((await ask("GET", "/test")).status).toBe(404);
});

test("a change is refused when the network changed since it was read", async () => {
  const { headers } = await ask("GET", "/lodgebr0");
  const match = { "if-match": String(headers["etag"]) };
  const change = { config: { "ipv4.address": "10.0.0.1/24", "user.a": "1" } };
  expect((await ask("PUT", "/lodgebr0", change, match)).status).toBe(200);
  for (const method of ["PUT", "PATCH"] as const) {
    expect((await ask(method, "/lodgebr0", change, match)).status).toBe(412);
  }
});

test("what is observed has the form that LXD's has", async () => {
  await ask("POST", "", { name: "dev", config });
  expect((await ask("GET", "/dev/state")).metadata).toMatchObject({
    addresses: [{ family: "inet", address: "10.5.5.1", netmask: "24", scope: "global" }],
    counters: { bytes_received: 0 },
    ...{ mtu: 1500, state: "up", type: "broadcast" },
    bridge: { id: "8000.0210d7000001", upper_devices: [] },
  });
  expect((await ask("GET", "/dev/leases")).metadata).toEqual([]);
});

test("forwards are made at their URLs, changed as a whole or in part, and deleted", async () => {
  await ask("POST", "", { name: "dev", config });
  const port = { protocol: "tcp", listen_port: "80", target_address: "10.5.5.7" };
  expect(await ask("POST", "/dev/forwards", { listen_address: "192.0.2.10", ports: [port] })).toMatchObject({
    status: 201,
    headers: { location: "/1.0/networks/dev/forwards/192.0.2.10" },
  });
  expect((await ask("GET", "/dev/forwards")).metadata).toEqual(["/1.0/networks/dev/forwards/192.0.2.10"]);
  const { headers } = await ask("GET", "/dev/forwards/192.0.2.10");
  await ask("PATCH", "/dev/forwards/192.0.2.10", { config: { target_address: "10.5.5.9" } });
  const stale = { "if-match": String(headers["etag"]) };
  expect((await ask("PUT", "/dev/forwards/192.0.2.10", { description: "" }, stale)).status).toBe(412);
  expect((await ask("GET", "/dev/forwards?recursion=1")).metadata).toEqual([
    {
      ...{ listen_address: "192.0.2.10", description: "", config: { target_address: "10.5.5.9" }, location: "none" },
      ports: [{ ...port, description: "", target_port: "" }],
    },
  ]);
  await ask("PUT", "/dev/forwards/192.0.2.10", { description: "nothing" });
  expect((await ask("GET", "/dev/forwards/192.0.2.10")).metadata).toMatchObject({ config: {}, ports: [] });
  expect((await ask("DELETE", "/dev/forwards/192.0.2.10")).status).toBe(200);
  expect((await ask("GET", "/dev/forwards")).metadata).toEqual([]);
});

test.each([
  [{ name: "x".repeat(16) }, 400],
  [{ name: "lodgebr0" }, 409],
  [{ name: "n", type: "ovn" }, 501],
  [{ name: "n", config: { "ipv4.address": "10.0.0.9/24" } }, 409],
  [{ name: "n", config: { "ipv4.address": 1 } }, 400],
])("%j is refused with %d", async (body, status) => {
  expect((await ask("POST", "", body)).status).toBe(status);
});
