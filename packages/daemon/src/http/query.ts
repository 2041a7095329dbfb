import { type Instance, instanceNameSchema, LodgeError, type ProjectFeature } from "@lodge/api";
import { type Caller, hasEverything, inProject, maySee, type ProjectService } from "@lodge/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

/**
 * Clients send the project that they are in everywhere. Where it means nothing it may be gone, so that they can choose another, and learn how
 * it was renamed.
 */
const withoutProject = /^\/(1\.0(\/projects(\/.*)?|\/operations\/:id(\/.*)?)?)?$/;

/** The project of a request: `project=`, else `default`. It must exist. */
export async function resolveProject(request: FastifyRequest, projects: ProjectService): Promise<string> {
  const project = namedProject(request);
  if (project !== "default" && !withoutProject.test(request.routeOptions.url ?? "")) await projects.config(project);
  return project;
}

/** Routes of what a project may share with the default one: they are about the project that has it. */
export function atHome(app: FastifyInstance, projects: ProjectService, feature: ProjectFeature): void {
  app.addHook("preHandler", async (request) => {
    request.project = await projects.home(request.project, feature);
  });
}

/** Whether a request says a project, and does not leave it at the default one. */
export function namesProject(request: FastifyRequest): boolean {
  const { project } = request.query as { project?: unknown };
  return project !== undefined && project !== "";
}

/** Those of some URLs of instances, profiles and images that are of projects which the caller may see. */
export function shownUrls(caller: Caller, urls: readonly string[]): string[] {
  const projectOf = (path: string) => new URL(path, "http://lodge").searchParams.get("project") || "default";
  return hasEverything(caller) ? [...urls] : urls.filter((path) => maySee(caller, projectOf(path)));
}

/** The project that a request names, which may not exist. */
export function namedProject(request: FastifyRequest): string {
  const { project } = request.query as { project?: unknown };
  if (project === undefined || project === "") return "default";
  if (typeof project === "string") return project;
  throw new LodgeError({ code: "request_invalid", message: "The query names more than one project." });
}

/** Whether a request is about all projects, of which a caller may not see all. */
export function asksForAll(request: FastifyRequest): boolean {
  const { "all-projects": all } = request.query as { "all-projects"?: unknown };
  return all === "true" || all === "1";
}

/** The projects whose objects a list shows. */
export async function listedProjects(request: FastifyRequest, projects: ProjectService): Promise<string[]> {
  if (!asksForAll(request)) return [request.project];
  return (await projects.names()).filter((name) => maySee(request.caller, name));
}

/** The same, of what a project may share with the default one: where it is in any of them, once. */
export async function listedHomes(
  request: FastifyRequest,
  projects: ProjectService,
  feature: ProjectFeature,
): Promise<string[]> {
  const users = await listedProjects(request, projects);
  return [...new Set(await Promise.all(users.map((name) => projects.home(name, feature))))];
}

/** `recursion=0` (or missing) lists URLs, 1 the objects, 2 with everything about them. */
export const listQuerySchema = z.object({
  recursion: z.coerce.number().int().min(0).max(2).default(0),
  filter: z.string().default(""),
  "all-projects": z.enum(["true", "false", "1", "0", ""]).optional(),
});

export const nameParamsSchema = z.object({ name: z.string().min(1) });
export const instanceParamsSchema = z.object({ name: instanceNameSchema });

/** The URL of an object, with its project where that is not the default one. */
export function url(noun: string, name: string, project = "default"): string {
  return inProject(`/1.0/${noun}/${encodeURIComponent(name)}`, project);
}

export const instanceUrl = (noun: string, i: Pick<Instance, "name" | "project">): string =>
  url(noun, i.name, i.project);
