/**
 * The network namespace that holds everything of the fabric. It is pinned to a file, so that it outlives the daemon; a namespace
 * that is pinned already is adopted.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unbind } from "../../../system/bind-mount.ts";
import { isPinned } from "../../../system/namespaces.ts";
import { type RunOptions, run } from "../../../system/run.ts";

/** Runs a program inside the fabric. */
export type RunInside = (file: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export function fabricPath(paths: { readonly namespaces: string }): string {
  return join(paths.namespaces, "net");
}

/** Idempotent. Undone by `unpin`. */
export async function pin(path: string): Promise<void> {
  if (await isPinned(path)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, "");
  await run("unshare", [`--net=${path}`, "true"], { code: "network_failed" });
}

/** The namespace ends with its last process. Idempotent. */
export async function unpin(path: string): Promise<void> {
  unbind(path);
  await rm(path, { force: true });
}

export function runInside(path: string): RunInside {
  return (file, args, options = {}) => run(file, args, { code: "network_failed", ...options, network: path });
}

/** Sets kernel parameters of the fabric: `tee` writes one value to many files and, unlike `sysctl`, is everywhere. */
export async function setSysctls(inside: RunInside, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [value, names] of Map.groupBy(Object.keys(settings), (name) => settings[name] ?? "")) {
    await inside(
      "tee",
      names.map((name) => join("/proc/sys", name)),
      { input: value },
    );
  }
}
