import { expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

it.each([
  ["rises to its highest point", [0, 1, 2, 3, 4, 5, 6, 7], 8, undefined, "▁▂▃▄▅▆▇█"],
  ["is low under a high top", [0, 1, 2], 3, 100, "▁▁▁"],
  ["has gaps", [null, 8, null, 0], 4, undefined, " █ ▁"],
  ["takes means where there is no room", [0, 2, 4, 4], 2, 4, "▃█"],
  ["may be of nothing", [0, 0], 2, undefined, "▁▁"],
])("%s", (_what, points, width, top, curve) => expect(sparkline(points, width, top)).toBe(curve));
