/**
 * Builds an image definition into a folder, without a daemon:
 *   node --conditions=@lodge/source scripts/build-image.ts tiny /tmp/tiny [container|virtual-machine]
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { InstanceType } from "@lodge/api";
import { pino } from "pino";
import { createDebianBuilder } from "../packages/daemon/src/drivers/image/debian/builder.ts";

const [name, directory, type] = process.argv.slice(2);
if (!name || !directory) throw new Error("usage: build-image.ts DEFINITION DIRECTORY [container|virtual-machine]");

const builder = createDebianBuilder({
  definitionsDirectory: join(import.meta.dirname, "../images"),
  log: pino({ level: "silent" }),
});
const yaml = (await builder.definitions()).get(name);
if (!yaml) throw new Error(`no definition ${name}`);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
await mkdir(directory, { recursive: true });
const types: InstanceType[] = type ? [type as InstanceType] : ["container", "virtual-machine"];
const begun = performance.now();
const images = await builder.build(
  { yaml, types, directory: resolve(directory) },
  (step, percent) => console.error(`${((performance.now() - begun) / 1000).toFixed(1)} s ${percent ?? ""}% ${step}`),
  stop.signal,
);
console.log(JSON.stringify(images, undefined, 2));
