import { expect, test } from "vitest";
import { socketPath } from "./socket-path.ts";

test.each([
  [{}, "/var/lib/lodge/unix.socket"],
  [{ LODGE_DIR: "/tmp/x" }, "/tmp/x/unix.socket"],
  [{ LODGE_DIR: "/tmp/x", LODGE_SOCKET: "/run/l.sock" }, "/run/l.sock"],
  [{ LODGE_DIR: "", LODGE_SOCKET: "" }, "/var/lib/lodge/unix.socket"],
])("%o", (env, expected) => expect(socketPath(env)).toBe(expected));
