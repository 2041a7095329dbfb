import { Readable } from "node:stream";
import type { GuestFiles, InstanceSpec, LaidFile } from "@lodge/core";
import { containerFiles } from "./container-files.ts";

/** Writes files into a prepared root. No path leads out of it. */
export async function layFiles(spec: InstanceSpec, laid: readonly LaidFile[]): Promise<void> {
  if (laid.length === 0) return;
  const files = await containerFiles(spec, undefined, spec.root);
  try {
    for (const { path, content, createOnly } of laid) {
      if (createOnly && (await isThere(files, path))) continue;
      await makeParents(files, path);
      await files.write(path, Readable.from([content]), {});
    }
  } finally {
    await files.close();
  }
}

async function isThere(files: GuestFiles, path: string): Promise<boolean> {
  return files.stat(path).then(
    () => true,
    () => false,
  );
}

async function makeParents(files: GuestFiles, path: string): Promise<void> {
  const names = path.split("/").filter(Boolean).slice(0, -1);
  for (const depth of names.keys()) {
    const parent = `/${names.slice(0, depth + 1).join("/")}`;
    if (!(await isThere(files, parent))) await files.makeDirectory(parent, {});
  }
}
