/** Merging beside what the kernel makes of the same directories; needs root. */
import * as fs from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { readAttributes, writeAttribute } from "../../../system/extended-attributes.ts";
import { detach, mountOverlay, mountReadOnlyOverlay } from "../../../system/mounts.ts";
import { makeScratch } from "../file-pool/testing/pool-host.ts";
import { mergeUppers } from "./merged-upper.ts";
import { makeUpper } from "./upper-directory.ts";

const never = new AbortController().signal;

/** Few, so that they meet each other; one is no text. */
const names = ["a", "b", "c", "\xff"];
const place = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });
const kinds = ["mkdir", "write", "remove", "move", "link", "symlink", "mode", "owner", "note", "renew"] as const;
const deed = fc.record({ kind: fc.constantFrom(...kinds), at: place, to: place, value: fc.nat(63) });
type Deed = Parameters<Parameters<typeof deed.map>[0]>[0];

const path = (root: string, parts: readonly string[]) =>
  Buffer.from([Buffer.from(root).toString("latin1"), ...parts].join("/"), "latin1");

/** What cannot be done is not done. */
function act(root: string, { kind, at, to, value }: Deed): void {
  const [here, there] = [path(root, at), path(root, to)];
  try {
    if (kind === "mkdir") fs.mkdirSync(here, { recursive: true });
    else if (kind === "write") fs.writeFileSync(here, `${value}`);
    else if (kind === "remove") fs.rmSync(here, { recursive: true });
    else if (kind === "move") fs.renameSync(here, there);
    else if (kind === "link") fs.linkSync(here, there);
    else if (kind === "symlink") fs.symlinkSync(`${value}`, here);
    else if (kind === "mode") fs.chmodSync(here, 0o700 | value);
    else if (kind === "owner") fs.lchownSync(here, value, value + 1);
    else if (kind === "note") writeAttribute(here, "user.note", Buffer.from(`${value}`));
    else {
      fs.rmSync(here, { recursive: true, force: true });
      fs.mkdirSync(here, { recursive: true });
    }
  } catch {
    // There is another file, or none.
  }
}

/** All that a program in it could tell. */
function everything(root: string): string[] {
  const walk = (parts: readonly string[]): string[] => {
    const here = path(root, parts);
    const { mode, uid, gid, size } = fs.lstatSync(here);
    const notes = [...readAttributes(here)].map(([name, value]) => `${name}=${value.toString("hex")}`).sort();
    const kind = mode & fs.constants.S_IFMT;
    const isDirectory = kind === fs.constants.S_IFDIR;
    const content =
      kind === fs.constants.S_IFREG
        ? fs.readFileSync(here, "utf8")
        : kind === fs.constants.S_IFLNK
          ? fs.readlinkSync(here)
          : "";
    const line = [parts.join("/"), mode.toString(8), uid, gid, isDirectory ? "" : size, content, ...notes].join(" ");
    const inside = isDirectory ? fs.readdirSync(here, { encoding: "latin1" }).sort() : [];
    return [line, ...inside.flatMap((name) => walk([...parts, name]))];
  };
  return walk([]);
}

it("shows what it showed, whatever was done to its files, wherever layers are merged", {
  timeout: 180_000,
}, async () => {
  const scratch = await makeScratch();
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  const target = join(scratch, "root");
  fs.mkdirSync(target);
  const rounds = fc.array(fc.array(deed, { minLength: 1, maxLength: 12 }), { minLength: 3, maxLength: 5 });
  let run = 0;
  const property = fc.asyncProperty(rounds, fc.nat(), fc.nat(), async ([image = [], ...layers], first, count) => {
    const directory = join(scratch, `${run++}`);
    const lowers = [join(directory, "image")];
    fs.mkdirSync(join(directory, "image"), { recursive: true });
    for (const each of [...image, ...image.map((one) => ({ ...one, kind: "mkdir" as const }))])
      act(lowers[0] ?? "", each);
    for (const [index, deeds] of layers.entries()) {
      const [upper, work] = [join(directory, `upper-${index}`), join(directory, `work-${index}`)];
      await makeUpper(upper, lowers[0] ?? "");
      fs.mkdirSync(work);
      mountOverlay({ lowers, upper, work, target });
      for (const each of deeds) act(target, each);
      detach(target);
      lowers.unshift(upper);
    }
    const seen = show(lowers);
    const from = first % layers.length;
    const merged = 1 + (count % (layers.length - from));
    const made = join(directory, "made");
    await mergeUppers({ directories: lowers.slice(from), merged }, made, never);
    expect(show([...lowers.slice(0, from), made, ...lowers.slice(from + merged)])).toEqual(seen);
    await rm(directory, { recursive: true });
  });
  await fc.assert(property, { numRuns: Number(process.env["RUNS"]) || 60 });

  function show(lowers: readonly string[]): string[] {
    mountReadOnlyOverlay(lowers, target);
    try {
      return everything(target);
    } finally {
      detach(target);
    }
  }
});
