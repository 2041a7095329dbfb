import { join } from "node:path";
import { dockerPeer } from "../peers/docker.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { sharedImage, sharedRootTar } from "../peers/shared-image.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

const image = "debian/12";

export const imageImport: Scenario = {
  name: "image-import",
  title: "An image, from its file to its first container",
  about:
    `\`${image}\` is brought in from files on the disk, then a first container of it is launched, by commands as a person types them. ` +
    "Lodge and LXD get the same metadata and squashfs; Docker gets the same root file system as `docker save` wrote it, which is not " +
    "compressed. Before each round the image is deleted, with what was unpacked of it.",
  rounds: { quick: 1, full: 5 },
  claims: ["`lxc image import`", "`docker load`"].map((than) => ({
    ...{ figure: "import and launch", entry: "`lodge image import`", than, atMost: 1 },
  })),
  entries: [
    { name: "`lodge image import`", peer: "lodge", open: lodge },
    { name: "`lxc image import`", peer: "lxd", open: lxc },
    { name: "`docker load`", peer: "docker", open: docker },
  ],
};

interface Way {
  readonly deleteImage: () => Promise<unknown>;
  readonly bringIn: () => Promise<unknown>;
  readonly launch: () => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
}

/** The image is there before and after a round. */
function importing(peer: Peer, { deleteImage, bringIn, launch, remove }: Way): Contestant {
  return {
    peer,
    async round(watch) {
      await deleteImage();
      await watch.time("import and launch", async () => {
        await watch.time("of that, import", bringIn);
        await launch();
      });
      await remove();
    },
  };
}

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const { metadata, rootfs } = await sharedImage(room, image, "container");
  return importing(peer, {
    deleteImage: () => deleteContainerImage(peer),
    bringIn: () => peer.lodge.must("image", "import", metadata, rootfs, "--alias", image),
    launch: () => peer.lodge.must("launch", image, "imported"),
    remove: () => peer.lodge.must("delete", "--force", "imported"),
  });
}

/** The virtual machine's image has the same alias. */
async function deleteContainerImage({ client, lodge }: LodgePeer): Promise<void> {
  const images = await client.images.list();
  const there = images.find(({ type, aliases }) => type === "container" && aliases.some(({ name }) => name === image));
  if (!there) throw new Error(`Lodge has no image ${image} of type container`);
  await lodge.must("image", "delete", there.fingerprint);
}

async function lxc(room: Room): Promise<Contestant> {
  const peer = await room.peer(lxdPeer);
  const { metadata, rootfs } = await sharedImage(room, image, "container");
  const alias = await peer.image(image, "container");
  return importing(peer, {
    deleteImage: () => peer.lxc("image", "delete", alias),
    bringIn: () => peer.lxc("image", "import", metadata, rootfs, "--alias", alias),
    launch: () => peer.lxc("launch", alias, "imported"),
    remove: () => peer.lxc("delete", "--force", "imported"),
  });
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  const name = "bench/debian";
  const archive = join(room.directory, "debian.docker.tar");
  await peer.docker("import", "--change", 'CMD ["/sbin/init"]', await sharedRootTar(room, image), name);
  await peer.docker("save", "--output", archive, name);
  return importing(peer, {
    deleteImage: () => peer.docker("rmi", name),
    bringIn: () => peer.docker("load", "--input", archive),
    launch: () => peer.docker("run", "--detach", "--name=imported", name),
    remove: () => peer.docker("rm", "--force", "imported"),
  });
}
