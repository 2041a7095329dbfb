import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { sessionCookie, sessionProofOf } from "./session-proof.ts";

const plain = new Socket();
const secure = new TLSSocket(new Socket());
const proof = { cookie: "c", page: "p" };

it.each<[string, IncomingMessage["headers"], Socket, typeof proof | undefined]>([
  ["both halves", { cookie: "a=b; lodge-console=c", "x-lodge-console": "p" }, plain, proof],
  [
    "both halves of a websocket",
    { cookie: "lodge-console=c", "sec-websocket-protocol": "x, lodge-console.p" },
    plain,
    proof,
  ],
  ["the cookie alone", { cookie: "lodge-console=c" }, plain, undefined],
  ["the page's key alone", { "x-lodge-console": "p" }, plain, undefined],
  ["another cookie", { cookie: "xlodge-console=c", "x-lodge-console": "p" }, plain, undefined],
  [
    "by HTTPS, the cookie that is sent by HTTPS alone",
    { cookie: "__Host-lodge-console=c", "x-lodge-console": "p" },
    secure,
    proof,
  ],
  ["by HTTPS, the other", { cookie: "lodge-console=c", "x-lodge-console": "p" }, secure, undefined],
])("%s", (_what, headers, socket, expected) => expect(sessionProofOf({ headers, socket })).toEqual(expected));

it("has browsers keep the cookie to themselves", () => {
  expect(sessionCookie({ socket: plain }, "v", 60)).toBe(
    "lodge-console=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60",
  );
  expect(sessionCookie({ socket: secure }, "v", 60)).toBe(
    "__Host-lodge-console=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure",
  );
});
