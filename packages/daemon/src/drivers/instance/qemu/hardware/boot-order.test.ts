import { expect, test } from "vitest";
import { bootIndex, bootOrder } from "./boot-order.ts";

test.each([
  ["the root disk alone", {}, [{ name: "iso" }], ["root"]],
  ["what has a priority before a root without", {}, [{ name: "iso", bootPriority: 0 }], ["iso", "root"]],
  [
    "higher priorities first",
    { bootPriority: 5 },
    [
      { name: "iso", bootPriority: 10 },
      { name: "eth0", bootPriority: 1 },
    ],
    ["iso", "root", "eth0"],
  ],
  ["the root disk before others of its priority", { bootPriority: 1 }, [{ name: "a", bootPriority: 1 }], ["root", "a"]],
])("the firmware boots %s", (_what, root, others, order) => {
  expect(bootOrder({ name: "root", ...root }, others)).toEqual(order);
});

test("only what is in the order has an index", () => {
  expect(bootIndex(["a", "b"], "b")).toEqual({ bootindex: 2 });
  expect(bootIndex(["a"], "b")).toEqual({});
});
