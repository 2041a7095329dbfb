/** The parts that touch the host: the only file that knows the drivers by name. */
import { arch } from "node:os";
import { dirname, join } from "node:path";
import { isTrue } from "@lodge/api";
import {
  type DriverEvents,
  type ImageReceiver,
  type ImageServers,
  type ImageUrls,
  type InstanceDependencies,
  type StorageDriver,
  type StoredConfig,
} from "@lodge/core";
import { createBackupArchives } from "../drivers/backup/archives.ts";
import { createImageUrls } from "../drivers/image/by-url/by-url.ts";
import { createDebianBuilder } from "../drivers/image/debian/builder.ts";
import { createImageFormat } from "../drivers/image/format/format.ts";
import { createLxdReceiver } from "../drivers/image/lxd-server/lxd-receiver.ts";
import { createLxdServer } from "../drivers/image/lxd-server/lxd-server.ts";
import { createImagePacker } from "../drivers/image/pack/packer.ts";
import { createSimplestreams } from "../drivers/image/simplestreams/simplestreams.ts";
import { createCrunDriver } from "../drivers/instance/crun/driver.ts";
import { createAcceleratorProvider } from "../drivers/instance/qemu/accelerator/provider.ts";
import { createQemuDriver } from "../drivers/instance/qemu/driver.ts";
import { createBridgeDriver, removeFabric } from "../drivers/network/bridge/driver.ts";
import { createProxyDriver } from "../drivers/proxy/driver.ts";
import { createBtrfsDriver } from "../drivers/storage/btrfs/btrfs-driver.ts";
import { createDirDriver } from "../drivers/storage/dir/dir-driver.ts";
import { detectCgroups } from "../system/cgroup-detect.ts";
import { CpuPlaces } from "../system/cpus/cpu-places.ts";
import type { LodgePaths } from "../system/paths.ts";
import { parseImageUrl, parseServer } from "../system/web/address.ts";
import type { Host } from "./host.ts";

export const hostArchitecture = arch() === "arm64" ? "aarch64" : "x86_64";

export async function createDrivers({ settings, places, paths, log }: Host, events: DriverEvents) {
  const cgroups = await detectCgroups(paths.tag);
  const cpus = new CpuPlaces({ cgroups, log });
  const accelerator = createAcceleratorProvider({ paths, log });
  return {
    cgroups,
    accelerator,
    container: createCrunDriver({ paths, cgroups, cpus, events, log }),
    virtualMachine: createQemuDriver({
      ...{ paths, cgroups, cpus, events, accelerator, log },
      guestTrees: join(places.checkout, "images", "guest"),
    }),
    network: createBridgeDriver({ paths, log, uplink: settings.uplink, settle: (pid) => cgroups.addMonitor(pid) }),
    removeFabric: () => removeFabric(paths),
    proxies: createProxyDriver({
      paths,
      log,
      program: join(dirname(places.main), "drivers/proxy/process/main.js"),
      settle: (pid) => cgroups.addMonitor(pid),
    }),
    storage: new Map<string, StorageDriver>([
      ["dir", createDirDriver({ paths, log })],
      ["btrfs", createBtrfsDriver({ paths, log })],
    ]),
    builder: createDebianBuilder({ definitionsDirectory: settings.definitions, log }),
    archives: createBackupArchives({ directory: paths.root }),
    packer: createImagePacker({ log }),
    format: createImageFormat({ log, architecture: hostArchitecture, now: () => new Date() }),
  };
}

export function imageServers(
  config: StoredConfig,
  wait: InstanceDependencies["wait"],
  paths: LodgePaths,
): { readonly servers: ImageServers; readonly urls: ImageUrls; readonly receiver: ImageReceiver } {
  const allowsHttp = async () => isTrue((await config.get())["images.allow_http"]);
  const parse = async (server: string) => parseServer(server, await allowsHttp());
  return {
    servers: {
      simplestreams: createSimplestreams({ parseServer: parse, wait, keyrings: join(paths.root, "keyrings") }),
      lxd: createLxdServer({ parseServer: parse }),
    },
    receiver: createLxdReceiver({ parseServer: parse }),
    urls: createImageUrls({ parseUrl: async (url) => parseImageUrl(url, await allowsHttp()), wait }),
  };
}
