import { expect, it } from "vitest";
import { proxyHeader } from "./proxy-header.ts";

it.each([
  ["192.0.2.1", "192.0.2.2", "TCP4 192.0.2.1 192.0.2.2 1 2"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "TCP4 192.0.2.1 192.0.2.2 1 2"],
  ["2001:db8::1", "2001:db8::2", "TCP6 2001:db8::1 2001:db8::2 1 2"],
  [undefined, undefined, "UNKNOWN"],
])("from %s to %s is %s", (remoteAddress, localAddress, text) => {
  expect(proxyHeader({ remoteAddress, localAddress, remotePort: 1, localPort: 2 })).toBe(`PROXY ${text}\r\n`);
});
