import { type Instance, instanceNameSchema, LodgeError } from "@lodge/api";
import { type Caller, hasEverything, maySee, type ProjectService } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";

/** The project of a request: `project=`, else `default`. It must exist. */
export async function resolveProject(request: FastifyRequest, projects: ProjectService): Promise<string> {
  const project = namedProject(request);
  return project === "default" ? project : (await projects.get(project)).name;
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
  return (await projects.list()).map(({ name }) => name).filter((name) => maySee(request.caller, name));
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
  const path = `/1.0/${noun}/${encodeURIComponent(name)}`;
  return project === "default" ? path : `${path}?project=${encodeURIComponent(project)}`;
}

export const instanceUrl = (noun: string, i: Pick<Instance, "name" | "project">): string =>
  url(noun, i.name, i.project);
