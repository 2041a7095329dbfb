/** What may be asked of projects and of what each has of its own: profiles and templates. */

import type {
  Config,
  Profile,
  ProfileCreate,
  ProfilePut,
  Project,
  ProjectCreate,
  ProjectFeature,
  ProjectPut,
  ProjectState,
  Template,
  TemplateCreate,
} from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";

export interface ProfileService {
  list(project: string): Promise<Profile[]>;
  get(project: string, name: string): Promise<Profile>;
  create(project: string, request: ProfileCreate): Promise<void>;
  /**
   * `change` makes the new whole of the current profile, and may throw (If-Match); nothing changes in between. Refused when any
   * instance that uses the profile would become invalid.
   */
  update(project: string, name: string, change: (current: Profile) => ProfilePut): Promise<void>;
  /** Instances that use it use it under its new name. */
  rename(project: string, name: string, newName: string): Promise<void>;
  delete(project: string, name: string): Promise<void>;
}

export interface ProjectService {
  names(): Promise<string[]>;
  list(): Promise<Project[]>;
  get(name: string): Promise<Project>;
  /** What it has taken and may take. */
  state(name: string): Promise<ProjectState>;
  /** With its features. */
  config(name: string): Promise<Config>;
  /** The project whose images, profiles or volumes a project uses: its own or the default one's. */
  home(project: string, feature: ProjectFeature): Promise<string>;
  /** With a profile `default`, which is empty unless it is told a pool or a network. */
  create(request: ProjectCreate): Promise<void>;
  /** Only of an empty one. Certificates that are restricted to it follow. */
  rename(name: string, newName: string): Promise<void>;
  /** Only of an empty one. Certificates that are restricted to it lose it. */
  delete(name: string): Promise<void>;
  /** `change` makes the new whole of the current project, and may throw (If-Match); nothing changes in between. */
  update(name: string, change: (current: Project) => ProjectPut): Promise<void>;
}

export interface TemplateService {
  list(project: string): Promise<Template[]>;
  get(project: string, id: string): Promise<Template>;
  /** Operation metadata: `build_progress`, at the end `template`. */
  build(project: string, request: TemplateCreate): Promise<RunningOperation>;
  delete(project: string, id: string): Promise<RunningOperation>;
}
