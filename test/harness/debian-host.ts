/** The image of a virtual machine that is itself a host for Lodge: Debian 12 with the packages that set-up installs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packagesFor } from "../../scripts/setup/host-packages.mjs";
import { checkout } from "./programs.ts";

export const debianHost = "debian/12-host";

/** It builds no images. */
const unneeded = /^(mmdebstrap$|debian-archive-keyring$|dosfstools$|mtools$)/;

const system: Parameters<typeof packagesFor>[0] = {
  ...{ id: "debian", version: "12", name: "Debian 12" },
  architecture: process.arch === "arm64" ? "arm64" : "x64",
};

/** Its definition: that of debian/12 with more packages. */
export function debianHostDefinition(): string {
  const packages = packagesFor(system).flatMap(({ name }) => (unneeded.test(name) ? [] : name));
  const definition = readFileSync(join(checkout, "images", "debian-12.yaml"), "utf8");
  return definition
    .replace(/^name: debian\/12$/m, `name: ${debianHost}`)
    .replace(
      /^virtual-machine:\n {2}packages:\n/m,
      (head) => head + packages.map((name) => `    - ${name}\n`).join(""),
    );
}
