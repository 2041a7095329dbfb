/** The built programs with all that they need to run on another machine: Node and the packages that are no tools. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { checkout } from "./programs.ts";

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>;
}

/** Packs them into a tar archive, compressed by zstd. */
export async function packCheckout(archive: string): Promise<void> {
  const workspaces = readdirSync(join(checkout, "packages")).map((name) => `packages/${name}`);
  const built = workspaces.flatMap((name) => [`${name}/dist`, `${name}/package.json`]);
  const present = [...built, "node_modules/@lodge", ...productionPackages()].filter(exists);
  const files = ["package.json", ".node/bin/node", "images", ...present];
  // Neither is read by a program: type declarations, and the sources of what is compiled already.
  const left = ["*.d.ts", "*.map", "better-sqlite3/deps", "better-sqlite3/src"].map((name) => `--exclude=${name}`);
  const form = ["--zstd", "--owner=0", "--group=0"];
  await mustRun("tar", ["--create", ...form, ...left, `--file=${archive}`, `--directory=${checkout}`, ...files]);
}

/** Those at the top, with what lies in them. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as Lockfile;
  return Object.entries(packages)
    .filter(([path, { dev, link }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !link)
    .map(([path]) => path);
}

function exists(path: string): boolean {
  return statSync(join(checkout, path), { throwIfNoEntry: false }) !== undefined;
}
