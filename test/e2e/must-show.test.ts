/** What anybody who has LXD's client tries first, by the socket and by HTTPS. */
import { afterAll, beforeAll, describe } from "vitest";
import { importCachedImage } from "../harness/image-cache.ts";
import { Authority, type ImageServer, serveImages } from "../harness/image-server.ts";
import { type Lodge, startEmptyLodge } from "../harness/lodge.ts";
import { runCases } from "./case.ts";
import { atHome, fromAfar, mustShow } from "./cases/must-show.ts";
import { scene } from "./scene.ts";

let authority: Authority;
/** Offers an image by `lodge image serve`. */
let source: Lodge;
let serving: ImageServer;

const at = scene(async (directory) => {
  authority = await Authority.make(directory);
  return { env: authority.env };
});

beforeAll(async () => {
  await importCachedImage(at().lodge.client, "tiny", { type: "virtual-machine" });
  source = await startEmptyLodge({ beside: at().lodge });
  await importCachedImage(source.client, "tiny", { type: "container" });
  serving = await serveImages(source, authority, "tiny");
});
afterAll(async () => {
  await serving?.stop();
  await source?.stop();
});

describe("by the socket", () => {
  runCases(() => at().here, [...atHome, ...mustShow("local")]);
});

describe("by HTTPS", () => {
  runCases(() => at().there, [...fromAfar, ...mustShow("lab")]);
});
