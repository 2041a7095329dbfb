/** Containers, as LXD's client handles them. */
import { describe } from "vitest";
import { runCases } from "./case.ts";
import { configuration, copies, files, lives, metadata, sessions, sftp } from "./cases/instances.ts";
import { scene } from "./scene.ts";

const at = scene({ images: ["tiny"] });

describe.each([
  ["how they come, run and go", lives],
  ["commands and terminals", sessions],
  ["configuration and devices", configuration],
  ["files", files],
  ["files by SFTP", sftp],
  ["metadata and templates", metadata],
  ["snapshots, copies and exports", copies],
] as const)("%s", (_, cases) => {
  runCases(() => at().here, cases);
});
