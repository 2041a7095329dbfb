/** Whatever clients do with their sessions, nothing of them stays: each fault a few times. A thousand: test/long/session-faults.test.ts. */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { sufferFaults } from "../harness/session-faults.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "web");
});
afterAll(() => lodge.stop());

test("clients that vanish, flood and send nonsense leave nothing behind", () =>
  sufferFaults(lodge, "web", { first: 20, count: 40 }));

test("files are served until the container stops, or begins to run, and no longer", async () => {
  for (const verb of ["stop", "start"]) {
    const [one, other] = await Promise.all(["web", "web"].map((name) => lodge.client.instances.sftp(name)));
    const closed = Promise.all([one, other].map((each) => each && once(each.resume(), "close")));
    await lodge.must(verb, "web");
    await closed;
  }
  expect(await lodge.must("exec", "web", "--", "echo", "runs")).toBe("runs");
});
