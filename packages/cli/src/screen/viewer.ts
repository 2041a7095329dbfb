import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { addressText, type ListenAddress } from "./listen.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Viewer {
  readonly file: string;
  readonly args: readonly string[];
}

/** A viewer that is installed, if there is a display for it to show on. */
export async function findViewer(address: ListenAddress, env: Environment): Promise<Viewer | undefined> {
  if (!env["DISPLAY"] && !env["WAYLAND_DISPLAY"]) return undefined;
  for (const { name, args } of viewers(address)) {
    const file = await findProgram(name, env["PATH"] ?? "");
    if (file) return { file, args };
  }
  return undefined;
}

/** Not all of them take a unix socket. */
function viewers(address: ListenAddress): readonly { readonly name: string; readonly args: readonly string[] }[] {
  if (typeof address === "string") return [{ name: "xtigervncviewer", args: [address] }];
  return [
    { name: "remote-viewer", args: [addressText(address)] },
    { name: "vncviewer", args: [`127.0.0.1::${address}`] },
  ];
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(":").filter(Boolean)) {
    const file = join(directory, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** Runs a viewer to its end. */
export async function runViewer({ file, args }: Viewer, env: Environment): Promise<void> {
  const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...env } });
  await once(child, "exit");
}
