import { expect, it } from "vitest";
import { fileEntry } from "./file-entry.ts";

it.each([
  [0o100644, "file", 0o644],
  [0o041777, "directory", 0o1777],
  [0o120777, "symlink", 0o777],
  [0o140755, "other", 0o755],
  [0o060660, "other", 0o660],
])("mode %o is a %s", (bits, type, mode) =>
  expect(fileEntry("x", { size: 3, mode: bits, uid: 1, gid: 2, modified: 60 })).toEqual({
    ...{ name: "x", type, size: 3, mode, uid: 1, gid: 2 },
    modified_at: "1970-01-01T00:01:00.000Z",
  }),
);
