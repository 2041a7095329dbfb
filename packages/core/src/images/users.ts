import { LodgeError } from "@lodge/api";
import { homes } from "../projects/records.ts";
import type { Tables } from "../store.ts";
import { rowsOfImage } from "./of-project.ts";
import type { SharedImageFiles } from "./shared-files.ts";

/**
 * Refuses to take an image from a project while somebody needs it. While another project has it, too, only those count that have it from this
 * one: the files stay.
 */
export async function refuseInUse(
  store: Pick<Tables, "images" | "instances" | "backups" | "projects">,
  project: string,
  fingerprint: string,
  files: Pick<SharedImageFiles, "isUsed">,
): Promise<void> {
  const isLast = (await rowsOfImage(store, fingerprint)).length < 2;
  const home = await homes(store, "features.images");
  const instances = await store.instances.list();
  const own = new Set(instances.filter((each) => home(each.project) === project).map(({ id }) => id));
  const users = instances
    .filter((each) => each.fingerprint === fingerprint && (isLast || own.has(each.id)))
    .map(({ id, name }) => (own.has(id) ? name : "an instance of another project"));
  const backups = (await store.backups.list())
    .filter((each) => each.fingerprint === fingerprint && (isLast || own.has(each.instance)))
    .map(({ instance, name }) => (own.has(instance) ? `backup ${name}` : "a backup of another project"));
  const all = [...users, ...backups];
  if (all.length === 0 && !(isLast && files.isUsed(fingerprint))) return;
  throw new LodgeError({
    code: "image_in_use",
    message: `Image ${fingerprint.slice(0, 12)} is used by ${all.join(", ") || "an operation"}; delete these instances first.`,
  });
}
