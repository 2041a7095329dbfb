import { LodgeError, type ProjectFeature } from "@lodge/api";
import type { ProjectRecord, Tables } from "../store.ts";
import { defaultProject, defaultProjectName, hasFeature } from "./features.ts";

type Reading = Pick<Tables, "projects">;

/** All of them, the default one included. */
export async function allProjects({ projects }: Reading): Promise<ProjectRecord[]> {
  const records = await projects.list();
  return records.some(({ name }) => name === defaultProjectName) ? records : [defaultProject, ...records];
}

export async function findProject({ projects }: Reading, name: string): Promise<ProjectRecord> {
  const record = (await projects.get(name)) ?? (name === defaultProjectName ? defaultProject : undefined);
  if (record) return record;
  throw new LodgeError({
    code: "project_not_found",
    message: `Project "${name}" does not exist; "lodge project list" shows those that do.`,
  });
}

/** The project whose images, profiles or volumes a project uses: its own or the default one's. */
export async function homeOf(store: Reading, project: string, feature: ProjectFeature): Promise<string> {
  if (project === defaultProjectName) return project;
  return hasFeature(await findProject(store, project), feature) ? project : defaultProjectName;
}

/** Says of every project where it has something: as `homeOf`, with one look at the store. */
export async function homes(store: Reading, feature: ProjectFeature): Promise<(project: string) => string> {
  const own = new Set(
    (await store.projects.list()).filter((each) => hasFeature(each, feature)).map(({ name }) => name),
  );
  return (project) => (own.has(project) ? project : defaultProjectName);
}
