import { describe, expect, it } from "vitest";
import { parsePeer } from "./peer.ts";

const id = "0a1b2c3d-1111-2222-3333-444455556666";
const operation = `https://192.0.2.1:8443/1.0/operations/${id}`;
const secrets = { control: "c&c", fs: "f" };
const certificate = "-----BEGIN CERTIFICATE-----\n";

describe("where the other server waits", () => {
  it("is the websockets of its operation", () => {
    const { control, fs, ...others } = parsePeer({ operation, secrets, certificate });
    expect([control.href, fs.href]).toEqual([
      `wss://192.0.2.1:8443/1.0/operations/${id}/websocket?secret=c%26c`,
      `wss://192.0.2.1:8443/1.0/operations/${id}/websocket?secret=f`,
    ]);
    expect(others).toEqual({ certificate });
    expect(parsePeer({ operation, secrets, certificate: "" })).not.toHaveProperty("certificate");
  });

  it.each([
    ["without encryption", { operation: operation.replace("https", "http"), secrets }],
    ["elsewhere on it", { operation: operation.replace("operations", "instances"), secrets }],
    ["somewhere below", { operation: `${operation}/wait`, secrets }],
    ["with a password", { operation: operation.replace("192", "root:x@192"), secrets }],
    ["nowhere", { secrets }],
    ["without a name", { operation: id, secrets }],
    ["without all secrets", { operation, secrets: { control: "c" } }],
    ["with a certificate that is none", { operation, secrets, certificate: "x" }],
  ])("is not %s", (_what, named) => {
    expect(() => parsePeer(named)).toThrow(expect.objectContaining({ code: "request_invalid" }));
  });
});
