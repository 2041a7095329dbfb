import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listen, parseListenAddress } from "./listen.ts";

test.each([
  ["5901", 5901],
  ["/run/db.vnc", "/run/db.vnc"],
  ["db.vnc", join(process.cwd(), "db.vnc")],
  ["0", undefined],
  ["65536", undefined],
  ["", undefined],
])("%j", (text, expected) => expect(parseListenAddress(text)).toBe(expected));

test("a unix socket is its owner's alone, and is removed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-listen-"));
  const path = join(directory, "vnc");
  {
    await using _listener = await listen(path, (socket) => socket.destroy());
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await expect(listen(path, () => undefined)).rejects.toMatchObject({ code: "listen_failed" });
  }
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  rmSync(directory, { recursive: true });
});

test("a port that is taken is passed over", async () => {
  await using first = await listen(undefined, () => undefined);
  await using second = await listen(undefined, () => undefined);
  expect(second.address).toBeGreaterThan(first.address as number);
  await expect(listen(first.address, () => undefined)).rejects.toThrow("--listen");
});
