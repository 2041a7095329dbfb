import { describe, expect, it } from "vitest";
import { beneath, isInner, parseImageUrl, parseServer, redirected } from "./address.ts";

describe("a server's address", () => {
  it.each([
    ["https://images.example.com", "https://images.example.com/"],
    ["https://images.example.com:8443/base", "https://images.example.com:8443/base/"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"],
    ["http://[::1]:8080", "http://[::1]:8080/"],
    ["http://localhost", "http://localhost/"],
  ])("may be %s", (text, url) => expect(parseServer(text, false).href).toBe(url));

  it.each([
    ["images.example.com"],
    ["file:///etc/passwd"],
    ["ftp://images.example.com"],
    ["http://images.example.com"],
    ["http://127.0.0.1.example.com"],
    ["https://user:word@images.example.com"],
    ["https://images.example.com/?x=1"],
    ["https://images.example.com/#x"],
    [""],
  ])("is not %j", (text) => expect(() => parseServer(text, false)).toThrow("is no image server's address"));

  it("may be http where that is allowed", () =>
    expect(parseServer("http://images.example.com", true).href).toBe("http://images.example.com/"));
});

describe("an image's URL", () => {
  it("may have a query, and stays as it is", () =>
    expect(parseImageUrl("https://example.com/image?of=mine", false).href).toBe("https://example.com/image?of=mine"));

  it.each([["http://example.com/image"], ["https://user:word@example.com/"], ["file:///etc/passwd"]])(
    "is not %j",
    (text) => expect(() => parseImageUrl(text, false)).toThrow("is no image server's address"),
  );
});

const server = new URL("https://images.example.com/base/");

describe("a file that a server names", () => {
  it.each(["images/debian/rootfs.squashfs", "a", "a/b..c/d", "images/20260102_03:04/x"])("may be %s", (path) =>
    expect(beneath(server, path).href).toBe(`https://images.example.com/base/${path}`),
  );

  it.each([
    ["../secret"],
    ["a/../../secret"],
    ["a/./b"],
    ["/etc/passwd"],
    ["//evil.example.com/x"],
    ["https://evil.example.com/x"],
    ["a\\..\\b"],
    ["a%2f..%2fb"],
    ["%2e%2e/b"],
    ["a?secret=1"],
    ["a#b"],
    ["a b"],
    ["a\nb"],
    ["a\0b"],
    [""],
    ["x".repeat(2000)],
  ])("is not %j", (path) => expect(() => beneath(server, path)).toThrow("does not lie beneath it"));
});

describe("a redirect", () => {
  it.each([
    ["https://mirror.example.com/x", "https://mirror.example.com/x"],
    ["/elsewhere", "https://images.example.com/elsewhere"],
  ])("may lead to %s", (location, url) => expect(redirected(server, location).href).toBe(url));

  it.each([
    [undefined],
    ["http://images.example.com/x"],
    ["http://127.0.0.1/"],
    ["file:///etc/passwd"],
    ["https://a:b@c.example.com/"],
  ])("does not lead to %s", (location) => expect(() => redirected(server, location)).toThrow("it redirects to"));
});

it.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["169.254.169.254", true],
  ["0.0.0.0", true],
  ["100.64.0.1", true],
  ["192.0.2.1", false],
  ["::1", true],
  ["fe80::1", true],
  ["fd00::1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:192.0.2.1", false],
  ["2001:db8::1", false],
  ["no address", true],
])("%s lies in this host's networks: %s", (address, inner) => expect(isInner(address)).toBe(inner));
