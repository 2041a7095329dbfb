import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { machineModel } from "../peers/machine-model.ts";
import { sharedRootTree } from "../peers/shared-image.ts";
import { type ToolsPeer, toolsPeer } from "../peers/tools.ts";
import { type Contestant, type Room, type Scenario, Unavailable } from "../scenario.ts";

const image = "debian/12";

export const exportContainer: Scenario = {
  name: "export-container",
  title: "Export and import of a container",
  about:
    "A stopped container of `debian/12` is written to a file, compressed by zstd, and read back into another. `tar` writes the same " +
    "files through `zstd` with the level and the threads that Lodge gives it, and unpacks them. What Lodge and `tar` have written is on " +
    "the disk when the time ends (`sync`); LXD does not wait for that.",
  rounds: { quick: 0, full: 7 },
  claims: [{ figure: "export", entry: "`lodge export`, `lodge import`", than: "`tar`, `zstd`", atMost: 1 / 0.7 }],
  entries: [
    { name: "`lodge export`, `lodge import`", peer: "lodge", open: lodgeContainer },
    { name: "`tar`, `zstd`", peer: "tools", open: tarContainer },
    { name: "`lxc export`, `lxc import`", peer: "lxd", open: lxdContainer },
  ],
};

export const exportVm: Scenario = {
  name: "export-vm",
  title: "Export of a virtual machine",
  about:
    "A stopped virtual machine of `debian/12` is written to a file, once as it is and once compressed by zstd. `qemu-img convert` " +
    "writes the same disk as a qcow2 of its own, plain and with qcow2's compression by zstd. Both are on the disk when the time ends.",
  rounds: { quick: 0, full: 5 },
  claims: ["plain", "compressed"].map((figure) => ({
    ...{ figure, entry: "`lodge export`", than: "`qemu-img convert`", atMost: 1 / 0.7 },
  })),
  entries: [
    { name: "`lodge export`", peer: "lodge", open: lodgeVm },
    { name: "`qemu-img convert`", peer: "tools", open: convertVm },
  ],
};

async function lodgeContainer(room: Room): Promise<Contestant> {
  const peer = await exporter(room);
  const alias = await peer.image(image, "container");
  const file = join(await scratch(room), "lodge.tar.zst");
  await peer.lodge.must("init", alias, "exported");
  return {
    peer,
    async round(watch) {
      await watch.time("export", () => peer.lodge.must("export", "exported", file));
      await watch.time("import", () => peer.lodge.must("import", file, "imported"));
      await peer.lodge.must("delete", "imported");
      await rm(file);
    },
    close: async () => void (await peer.lodge.must("delete", "exported")),
  };
}

async function tarContainer(room: Room): Promise<Contestant> {
  const peer = await room.peer(toolsPeer);
  const tree = await sharedRootTree(room, image);
  const directory = await scratch(room);
  const [file, back] = [join(directory, "tree.tar.zst"), join(directory, "tree")];
  const zstd = ["--use-compress-program", "zstd --threads=0"];
  const attributes = ["--xattrs", "--acls", "--numeric-owner", "--sparse"];
  return {
    peer,
    async round(watch) {
      await watch.time("export", async () => {
        await peer.run("tar", "--create", ...zstd, "--file", file, ...attributes, "--directory", tree, ".");
        await peer.run("sync", file);
      });
      await mkdir(back);
      await watch.time("import", () =>
        peer.run("tar", "--extract", "--zstd", "--file", file, ...attributes, "--directory", back),
      );
      await rm(back, { recursive: true });
      await rm(file);
    },
  };
}

async function lxdContainer(room: Room): Promise<Contestant> {
  const peer = await room.peer(lxdPeer);
  const alias = await peer.image(image, "container");
  // In the sandbox /tmp is the host's: what this run keeps there is seen from both.
  const file = join(await scratch(room), "lxd.tar.zst");
  await peer.lxc("init", alias, "exported");
  return {
    peer,
    async round(watch) {
      await watch.time("export", () => peer.lxc("export", "exported", file, "--compression=zstd", "--quiet"));
      await watch.time("import", () => peer.lxc("import", file, "imported"));
      await peer.lxc("delete", "imported");
      await rm(file);
    },
    close: async () => void (await peer.lxc("delete", "exported")),
  };
}

async function lodgeVm(room: Room): Promise<Contestant> {
  const peer = await exporter(room);
  const alias = await peer.image(image, "virtual-machine");
  const directory = await scratch(room);
  await peer.lodge.must("init", alias, "exported-vm", "--vm");
  const write = async (file: string, compression: string) => {
    await peer.lodge.must("export", "exported-vm", join(directory, file), "--compression", compression);
  };
  return {
    peer,
    async round(watch) {
      await watch.time("plain", () => write("vm.tar", "none"));
      await watch.time("compressed", () => write("vm.tar.zst", "zstd"));
      for (const file of ["vm.tar", "vm.tar.zst"]) await rm(join(directory, file));
    },
    close: async () => void (await peer.lodge.must("delete", "exported-vm")),
  };
}

async function convertVm(room: Room): Promise<Contestant> {
  const peer: ToolsPeer = await room.peer(toolsPeer);
  const { disk } = await machineModel(room, image);
  const directory = await scratch(room);
  const convert = async (name: string, ...more: readonly string[]) => {
    const file = join(directory, name);
    await peer.run("qemu-img", "convert", "-f", "qcow2", "-O", "qcow2", ...more, disk, file);
    await peer.run("sync", file);
  };
  return {
    peer,
    async round(watch) {
      await watch.time("plain", () => convert("plain.qcow2"));
      await watch.time("compressed", () => convert("zstd.qcow2", "-c", "-o", "compression_type=zstd"));
      for (const file of ["plain.qcow2", "zstd.qcow2"]) await rm(join(directory, file));
    },
  };
}

async function exporter(room: Room): Promise<LodgePeer> {
  const peer = await room.peer(lodgePeer);
  if (!peer.extensions.has("direct_backup")) throw new Unavailable("this Lodge has no `lodge export`");
  return peer;
}

async function scratch(room: Room): Promise<string> {
  const directory = join(room.directory, "exports");
  await mkdir(directory, { recursive: true });
  return directory;
}
