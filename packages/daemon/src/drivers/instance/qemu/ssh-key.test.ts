import ssh2 from "ssh2";
import { expect, it } from "vitest";
import { newSshKey } from "./ssh-key.ts";

it("makes keys that can be read, every time", () => {
  const unreadable = Array.from({ length: 2_000 }, () => ssh2.utils.parseKey(newSshKey().privateKey)).filter(
    (key) => key instanceof Error,
  );
  expect(unreadable).toEqual([]);
});
