import { type Image, type ImagePut, LodgeError } from "@lodge/api";
import type { ImageChange } from "@lodge/core";

/** `PUT`: all that is not said is as it is at first, profiles aside: clients that do not know them would take them away. */
export function replacedImage(image: Image, put: ImagePut): ImageChange {
  return {
    public: put.public ?? false,
    autoUpdate: checked(image, put.auto_update ?? false),
    properties: put.properties ?? {},
    profiles: put.profiles ?? image.profiles,
    expiresAt: timeOf(put.expires_at),
  };
}

/** `PATCH`: what is not said stays. */
export function patchedImage(image: Image, put: ImagePut): ImageChange {
  return {
    public: put.public ?? image.public,
    autoUpdate: checked(image, put.auto_update ?? image.auto_update),
    properties: { ...image.properties, ...put.properties },
    profiles: put.profiles ?? image.profiles,
    expiresAt: timeOf(put.expires_at ?? image.expires_at),
  };
}

function checked(image: Image, autoUpdate: boolean): boolean {
  if (!autoUpdate || image.auto_update || image.update_source?.alias) return autoUpdate;
  throw new LodgeError({
    code: "request_invalid",
    message: `Image ${image.fingerprint.slice(0, 12)} did not come from another server by an alias: nothing newer could take its place.`,
  });
}

/** The wire's "never" is the year 1. */
function timeOf(text: string | null | undefined): Date | undefined {
  return !text || text.startsWith("0001-") ? undefined : new Date(text);
}
