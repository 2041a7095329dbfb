import type { Image, InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";

/** The options that say which of two images under one alias is meant. */
export interface TypeOptions {
  readonly vm?: true;
  readonly container?: true;
}

export function typeOf({ vm, container }: TypeOptions): InstanceType | undefined {
  if (vm === container) return undefined;
  return vm ? "virtual-machine" : "container";
}

/** Images that an alias or the beginning of a fingerprint (six digits or more) names. Not found: an error. */
export function findImages(images: readonly Image[], name: string, type: InstanceType | undefined): Image[] {
  const ofType = images.filter((image) => type === undefined || image.type === type);
  const byAlias = ofType.filter(({ aliases }) => aliases.some((alias) => alias.name === name));
  if (byAlias.length > 0) return byAlias;
  const prefix = /^[0-9a-f]{6,64}$/.test(name);
  const byFingerprint = ofType.filter(({ fingerprint }) => prefix && fingerprint.startsWith(name));
  if (byFingerprint.length > 0) return byFingerprint;
  throw new LodgeError({
    code: "image_not_found",
    message:
      `No ${type ?? ""} image has the alias or fingerprint ${name}; \`lodge image list\` shows the images that exist.`.replace(
        "  ",
        " ",
      ),
  });
}

/** The one image that is named; more than one is an error that says how to tell them apart. */
export function findImage(images: readonly Image[], name: string, type: InstanceType | undefined): Image {
  const [first, ...others] = findImages(images, name, type);
  if (first && others.length === 0) return first;
  throw new LodgeError({
    code: "request_invalid",
    message: `${name} names ${others.length + 1} images; add \`--vm\` or \`--container\`, or use a longer fingerprint.`,
  });
}
