import type { Tables } from "../store.ts";

/** Certificates that are restricted to a project name it by its new name; without one they name it no more. */
export async function renameInRestrictions(
  { certificates }: Pick<Tables, "certificates">,
  project: string,
  newName: string | undefined,
): Promise<void> {
  for (const record of await certificates.list()) {
    const { restriction } = record;
    if (!restriction?.projects.includes(project)) continue;
    const projects = restriction.projects.flatMap((each) => (each === project ? (newName ?? []) : each));
    await certificates.put({ ...record, restriction: { ...restriction, projects } });
  }
}
