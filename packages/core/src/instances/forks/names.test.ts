import { expect, test } from "vitest";
import { forkNames } from "./names.ts";

test.each<[number | undefined, string[]]>([
  [undefined, ["db2"]],
  [1, ["db2-1"]],
  [3, ["db2-1", "db2-2", "db2-3"]],
])("with the count %s", (count, names) => expect(forkNames("db2", count)).toEqual(names));
