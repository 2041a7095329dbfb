import { LodgeError, type Project } from "@lodge/api";
import type { ProjectService } from "../services.ts";

const defaultProject: Project = {
  name: "default",
  description: "Default Lodge project",
  config: { "features.images": "true", "features.profiles": "true", "features.storage.volumes": "true" },
  used_by: [],
};

/** Projects: so far there is the one that everything is in. */
export class Projects implements ProjectService {
  async list(): Promise<Project[]> {
    return [defaultProject];
  }

  async get(name: string): Promise<Project> {
    if (name !== defaultProject.name)
      throw new LodgeError({ code: "project_not_found", message: `Project "${name}" does not exist.` });
    return defaultProject;
  }
}
