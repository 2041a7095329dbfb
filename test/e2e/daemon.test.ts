/** What instances share, and the daemon itself, as LXD's client handles them. */
import { beforeAll, describe } from "vitest";
import { runCases } from "./case.ts";
import { images, networks, profiles, projects, server, storage } from "./cases/shared.ts";
import { scene } from "./scene.ts";

const at = scene({ images: ["tiny"] });
beforeAll(() => at().lodge.must("launch", "tiny", "c1"));

describe.each([
  ["images", images],
  ["profiles", profiles],
  ["networks", networks],
  ["storage", storage],
  ["projects", projects],
  ["the server", server],
] as const)("%s", (_, cases) => {
  runCases(() => at().here, cases);
});
