import { hasEverything, maySee } from "@lodge/core";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { asksForAll, namesProject } from "../query.ts";

const querySchema = z.object({
  project: z.string().optional(),
  "all-projects": z.enum(["true", "false", "1", "0", ""]).optional(),
  instance: z.string().optional(),
  /** RFC 3339: only what came later. */
  since: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
  /** The newest lines. */
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

/** Milliseconds: whoever has changed something wants to see it. */
const recent = 250;

/** `/1.0/governor` (extension `lodge_governor`): what moves memory between instances, and what it did. */
export async function governorRoutes(app: Api, { services: { governor } }: RouteContext): Promise<void> {
  /** Of all projects that the caller may see, or of the one that is asked for. */
  app.get("/", async (request) => {
    const one = namesProject(request);
    return sync(
      await governor.view((project) => (one ? project === request.project : maySee(request.caller, project)), recent),
    );
  });

  /** The oldest first. What is about the host is for those who are trusted with everything. */
  app.get("/log", { schema: { querystring: querySchema } }, async (request) => {
    const { caller, query, project: named } = request;
    const everywhere = asksForAll(request);
    const shows = (project: string) => {
      if (project === "") return hasEverything(caller);
      return everywhere ? maySee(caller, project) : project === named;
    };
    const { instance, since, limit } = query;
    return sync(governor.log({ shows, limit, ...(instance && { instance }), ...(since && { since }) }));
  });
}
