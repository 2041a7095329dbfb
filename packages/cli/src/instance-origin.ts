/** What a new instance is made of: an image, nothing, or a medium to install from. */
import type { Devices, InstanceCreate, InstanceSource } from "@lodge/api";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "@lodge/sdk";
import type { SourceServer } from "./remotes/image-words.ts";

export interface Origin {
  readonly request: Pick<InstanceCreate, "name" | "type" | "source">;
  /** What comes with it. */
  readonly devices?: Devices;
}

export interface Asked {
  readonly image: string | undefined;
  readonly name: string | undefined;
  readonly vm: boolean;
  readonly empty: boolean;
  /** Where the image is; missing: on the daemon's host. */
  readonly server?: SourceServer | undefined;
}

/** Whether the word names an ISO on the daemon's host and no image. */
export const isMedium = (image: string): boolean => /\.iso$/i.test(image);

export async function findOrigin(client: LodgeClient, asked: Asked): Promise<Origin> {
  if (asked.empty) return empty(asked);
  const { name, image, server } = asked;
  if (server && image !== undefined) {
    const source = { type: "image", mode: "pull", ...server, alias: image } as const;
    return { request: { ...(name !== undefined && { name }), type: typeOf(asked), source } };
  }
  if (image === undefined) {
    throw new LodgeError({
      code: "request_invalid",
      message: "Of which image? `lodge image list` shows the images that exist; --empty makes an instance of none.",
    });
  }
  const origin = isMedium(image) ? medium(asked, image) : { request: await imageRequest(client, asked, image) };
  return name === undefined ? origin : { ...origin, request: { ...origin.request, name } };
}

const typeOf = ({ vm }: Asked) => (vm ? ("virtual-machine" as const) : ("container" as const));

/** Without an image the first word is the name. */
function empty(asked: Asked): Origin {
  const { image: name, name: more } = asked;
  if (more === undefined) {
    return { request: { ...(name !== undefined && { name }), type: typeOf(asked), source: { type: "none" } } };
  }
  throw new LodgeError({
    code: "request_invalid",
    message: `With --empty there is no image: give the name alone, "${name}" or "${more}".`,
  });
}

/** The disk comes first: while it is empty the firmware goes on to the medium, and once a system is installed it starts. */
function medium(asked: Asked, source: string): Origin {
  if (!asked.vm) {
    throw new LodgeError({
      code: "request_invalid",
      message: `${source} is a medium for virtual machines; add --vm.`,
    });
  }
  return {
    request: { type: typeOf(asked), source: { type: "none" } },
    devices: { root: { "boot.priority": "1" }, iso: { type: "disk", source, "boot.priority": "0" } },
  };
}

/** For an instance that has a type already. */
export async function imageSource(client: LodgeClient, image: string): Promise<InstanceSource> {
  return (await imageRequest(client, { image, name: undefined, vm: true, empty: false }, image)).source;
}

/** An alias is the daemon's to resolve, for each type has aliases of its own. A fingerprint tells the type itself. */
async function imageRequest(client: LodgeClient, asked: Asked, image: string): Promise<Origin["request"]> {
  const { vm } = asked;
  const type = typeOf(asked);
  if (/^[0-9a-f]{6,64}$/.test(image)) {
    try {
      const found = await client.images.get(image);
      return { type: vm ? type : found.type, source: { type: "image", fingerprint: found.fingerprint } };
    } catch (error) {
      if (asLodgeError(error).kind !== "not_found") throw error;
    }
  }
  return { type, source: { type: "image", alias: image } };
}
