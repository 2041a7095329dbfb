/** A page for people with the screens that guest tests have seen, each beside that of the same machine without the medium. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodePng, type Picture } from "@lodge/sdk/picture";
import { checkout } from "./programs.ts";

const folder = process.env["LODGE_TEST_PICTURES"] || join(checkout, "test-results", "screens");

export interface SeenScreen {
  /** Names the files and orders the page: `memtest86-bios`. */
  readonly name: string;
  /** What is to be seen. */
  readonly title: string;
  /** PNG. */
  readonly shown: Buffer;
  /** PNG: the same machine without the disk or ISO. */
  readonly without: Buffer;
}

interface Entry {
  readonly name: string;
  readonly title: string;
  /** Part of the pixels. */
  readonly difference: number;
}

/** Keeps both pictures, writes the page anew, and gives the part of the pixels in which they differ. */
export async function reportScreen({ name, title, shown, without }: SeenScreen): Promise<number> {
  const entry: Entry = { name, title, difference: difference(decodePng(shown), decodePng(without)) };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), shown);
  await writeFile(join(folder, `${name}-without.png`), without);
  await writeFile(join(folder, `${name}.json`), JSON.stringify(entry));
  const names = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), "utf8")));
  await writeFile(join(folder, "index.html"), page(texts.map((text) => JSON.parse(text) as Entry)));
  return entry.difference;
}

/** Which part of the pixels is another colour; 1 when the screens have other sizes. */
function difference(one: Picture, other: Picture): number {
  const { width, height } = one;
  if (width !== other.width || height !== other.height) return 1;
  let different = 0;
  for (let at = 0; at < width * height * 3; at += 3) {
    if ([0, 1, 2].some((colour) => one.pixels[at + colour] !== other.pixels[at + colour])) different++;
  }
  return different / (width * height);
}

function page(entries: readonly Entry[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Screens of guests</title>
<style>
  body { font: 16px/1.4 sans-serif; margin: 2rem; }
  section { margin-bottom: 3rem; }
  div { display: flex; gap: 1rem; }
  figure { flex: 1; margin: 0; }
  img { width: 100%; border: 1px solid #888; }
</style>
<h1>Screens of guests</h1>
<p>Left what the test saw, right the screen of the same virtual machine without the medium.</p>
${entries.map(section).join("\n")}
</html>
`;
}

function section({ name, title, difference: part }: Entry): string {
  return `<section>
<h2>${escaped(title)}</h2>
<p>${(part * 100).toFixed(1)} % of the pixels differ.</p>
<div>
<figure><img src="${name}.png" alt="with"></figure>
<figure><img src="${name}-without.png" alt="without"></figure>
</div>
</section>`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
