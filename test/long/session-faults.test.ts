/** Whatever clients do with their sessions, nothing of them stays, however often they do it. */
import { afterAll, beforeAll, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { sufferFaults } from "../harness/session-faults.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "web");
});
afterAll(() => lodge.stop());

test("a thousand clients that vanish, flood and send nonsense leave nothing behind", () =>
  sufferFaults(lodge, "web", { first: 500, count: 1000 }));
