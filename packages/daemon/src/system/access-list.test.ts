import { expect, it } from "vitest";
import { type Access, decodeUsers, encodeAccessList } from "./access-list.ts";

it("makes the attribute that setfacl -m u:1000:r,u:70000:rw makes of a file with mode 0400", () => {
  const list = encodeAccessList(
    0o4,
    new Map<number, Access>([
      [70_000, "write"],
      [1000, "read"],
    ]),
  );
  expect(list.toString("hex").match(/.{1,16}/g)).toEqual([
    "0200000001000400",
    "ffffffff02000400",
    "e803000002000600",
    "7011010004000000",
    "ffffffff10000600",
    "ffffffff20000000",
    "ffffffff",
  ]);
});

it("reads the users back", () => {
  const users = new Map<number, Access>([
    [1, "read"],
    [4_000_000_000, "write"],
  ]);
  expect(decodeUsers(encodeAccessList(0o6, users))).toEqual(users);
  expect(decodeUsers(Buffer.alloc(0))).toEqual(new Map());
});
