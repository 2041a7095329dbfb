/** What a pool on a file system refuses, in words. */
import { LodgeError } from "@lodge/api/errors";
import type { ImageFiles, InstanceId, RootRequest, SnapshotId, SnapshotOf } from "@lodge/core";

export function sizeUnsupported({ id }: RootRequest, why: string): LodgeError {
  return new LodgeError({
    code: "pool_size_unsupported",
    message: `The root of container ${id} cannot be limited in size: ${why}. Leave the size out.`,
  });
}

export function sizeTooSmall({ id, size }: RootRequest, needed: number): LodgeError {
  return new LodgeError({
    code: "config_value_invalid",
    message: `The root of container ${id} cannot be limited to ${size} bytes: what is in it takes ${needed}. Ask for more.`,
  });
}

export function diskTooSmall({ id, size }: RootRequest, least: number, what: string): LodgeError {
  return new LodgeError({
    code: "config_value_invalid",
    message: `The root disk of instance ${id} cannot be ${size} bytes: ${what} has ${least}. Ask for at least that.`,
  });
}

export function snapshotKept({ root, snapshot }: SnapshotOf): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `Instance ${root} has a snapshot ${snapshot} already.` });
}

export function cancelled(image: ImageFiles): LodgeError {
  return new LodgeError({
    code: "operation_cancelled",
    message: `Unpacking image ${short(image.fingerprint)} was cancelled; what had been written was removed.`,
  });
}

export function rootExists(id: InstanceId): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `Instance ${id} has a root already; remove it first.` });
}

export function rootMissing(id: InstanceId, directory: string): LodgeError {
  return new LodgeError({
    code: "pool_failed",
    message: `Instance ${id} has no root in ${directory}: it was removed from outside. Delete the instance.`,
  });
}

export function snapshotMissing(root: InstanceId, snapshot: SnapshotId): LodgeError {
  return new LodgeError({
    code: "pool_failed",
    message: `Snapshot ${snapshot} of instance ${root} is not in its pool: it was removed from outside. Delete the snapshot.`,
  });
}

export function imageMissing(fingerprint: string, directory: string): LodgeError {
  return new LodgeError({
    code: "image_not_found",
    message: `Image ${short(fingerprint)} is not unpacked in ${directory}; unpack it first.`,
  });
}

export function imageMismatch(fingerprint: string, found: string, wanted: string): LodgeError {
  return new LodgeError({
    code: "image_type_mismatch",
    message: `Image ${short(fingerprint)} is a ${found} image; a ${wanted} cannot be made of it.`,
  });
}

export function differentImage(from: InstanceId, { id, fingerprint }: RootRequest): LodgeError {
  const expected =
    fingerprint === undefined ? "it stands on an image" : `it does not stand on image ${short(fingerprint)}`;
  return new LodgeError({
    code: "pool_failed",
    message: `The root of ${from} cannot be copied to ${id}: ${expected}.`,
  });
}

export function notOfThisType(id: InstanceId): LodgeError {
  return new LodgeError({
    code: "pool_failed",
    message: `The root of ${id} is of another type than what it is filled with.`,
  });
}

function short(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}
