import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of everything in a checkout that decides what a build of its definitions makes; what is sent to forks is no part of an image. */
export function builderHash(checkout: string): string {
  const hash = createHash("sha256");
  const drivers = join(checkout, "packages", "daemon", "src", "drivers", "image");
  const forks = join(checkout, "images", "guest", "fork");
  const images = sourcesIn(join(checkout, "images")).filter((file) => !file.startsWith(forks));
  const archive = join(drivers, "format", "metadata-archive.ts");
  for (const file of [...images, ...sourcesIn(join(drivers, "debian")), archive])
    hash.update(`${file.slice(checkout.length)}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

function sourcesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !/\.(test|contract)\.ts$/.test(entry.name) && !entry.parentPath.endsWith("/testing"),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
