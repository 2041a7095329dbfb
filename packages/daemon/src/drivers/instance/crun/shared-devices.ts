import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../../../system/run.ts";

export interface SharedDevice {
  /** Inside. */
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/** A shared device of this host, and where on it the node is that containers get. */
export interface SharedNode extends SharedDevice {
  readonly source: string;
}

/** Device nodes that act within the namespaces of who opens them, so that anybody may. */
const sharedDevices: readonly SharedDevice[] = [
  { path: "/dev/fuse", major: 10, minor: 229 },
  { path: "/dev/net/tun", major: 10, minor: 200 },
];

/** Those that the host has. Where udev does not run, its nodes are root's alone: then containers get one made in `directory`. */
export async function findSharedNodes(directory: string): Promise<SharedNode[]> {
  const found = await Promise.all(sharedDevices.map((device) => findNode(device, directory)));
  return found.filter((node) => node !== undefined);
}

async function findNode(device: SharedDevice, directory: string): Promise<SharedNode | undefined> {
  const mode = await modeOf(device.path);
  if (mode === undefined) return undefined;
  if ((mode & 0o006) === 0o006) return { ...device, source: device.path };
  const source = join(directory, basename(device.path));
  if ((await modeOf(source)) === undefined) {
    await mkdir(directory, { recursive: true, mode: 0o711 });
    await run("mknod", ["--mode=666", source, "c", String(device.major), String(device.minor)]);
  }
  return { ...device, source };
}

async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  );
}
