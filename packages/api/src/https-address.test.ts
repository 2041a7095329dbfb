import { expect, it } from "vitest";
import { hostAndPort, httpsAddress, parseHttpsAddress } from "./https-address.ts";

it.each([
  [":8443", "", 8443],
  [":443", "", 443],
  ["192.0.2.1", "192.0.2.1", 8443],
  ["192.0.2.1:9000", "192.0.2.1", 9000],
  ["[::]:8443", "::", 8443],
  ["[2001:db8::1]", "2001:db8::1", 8443],
  ["::1", "::1", 8443],
])("%s is an address", (text, host, port) => {
  expect(parseHttpsAddress(text)).toEqual({ host, port });
  expect(httpsAddress(text)).toBeUndefined();
});

it.each(["", ":", ":0", ":65536", "host", "host:8443", "192.0.2.1:", "[192.0.2.1]:8443", "[::1", "1.2.3", "a:b:c"])(
  "%j is none",
  (text) => {
    expect(parseHttpsAddress(text)).toBeUndefined();
    expect(httpsAddress(text)).toContain("must be an address");
  },
);

it("is written as in a URL", () => {
  expect(hostAndPort({ host: "::1", port: 8443 })).toBe("[::1]:8443");
  expect(hostAndPort({ host: "192.0.2.1", port: 1 })).toBe("192.0.2.1:1");
});
