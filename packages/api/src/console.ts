import { z } from "zod";
import { certificateRoles } from "./certificate-role.ts";

/** `POST /1.0/lodge/console/link` (extension `lodge_console`): a link that signs a browser in to the web console, once. */
export const consoleLinkPostSchema = z.object({
  /** The session may no more than this role in `projects`; missing: what whoever asks for the link may. */
  role: z.enum(certificateRoles).nullish(),
  /** Of a link with a role; missing: the default project. */
  projects: z.array(z.string().min(1)).nullish(),
  /** On an address of this host alone, also where HTTPS is served. */
  local: z.boolean().nullish(),
});
export type ConsoleLinkPost = z.infer<typeof consoleLinkPostSchema>;

export const consoleLinkSchema = z.object({
  url: z.string(),
  /** When it opens nothing any more; RFC 3339. */
  expires_at: z.string(),
});
export type ConsoleLink = z.infer<typeof consoleLinkSchema>;

/** `POST /1.0/lodge/console/session`: what the link holds, for a session. */
export const consoleSessionPostSchema = z.object({ token: z.string().min(1).max(200) });

/** Who the console's user is, and what the session allows. */
export const consoleUserSchema = z.object({
  /** Missing: nobody is signed in. `admin`: everything. */
  role: z.enum(["admin", ...certificateRoles]).optional(),
  /** Those that the role holds in; missing: all. */
  projects: z.array(z.string()).optional(),
  /** `session`: by a link. `certificate`: the browser shows one. `socket`: the daemon's own socket. */
  by: z.enum(["session", "certificate", "socket"]).optional(),
  /** When a session by a link ends; RFC 3339. */
  expires_at: z.string().optional(),
});
export type ConsoleUser = z.infer<typeof consoleUserSchema>;

/** The answer to a link's token: the half of the session that the page keeps; the other is the cookie's. */
export const consoleSessionCreatedSchema = z.object({ page_key: z.string(), expires_at: z.string() });
export type ConsoleSessionCreated = z.infer<typeof consoleSessionCreatedSchema>;
