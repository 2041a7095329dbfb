import { type ConsoleUser, consoleLinkPostSchema, consoleSessionPostSchema, LodgeError } from "@lodge/api";
import { type Caller, hasEverything, isStranger } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import type { Api, RouteContext } from "../api.ts";
import type { ConsoleGrant } from "../console/console-caller.ts";
import { sessionCookie, sessionProofOf } from "../console/session-proof.ts";
import { done, sync } from "../envelope.ts";

/** Bytes of a body: a stranger's as well. */
const bodyLimit = 4096;

/** `/1.0/lodge/console`: signing in to the web console, and out of it (extension `lodge_console`). */
export async function consoleRoutes(app: Api, context: RouteContext): Promise<void> {
  const { webConsole, https, attempts, services, log } = context;

  app.post("/link", { schema: { body: consoleLinkPostSchema } }, async ({ caller, body }) => {
    const limit = body.role ? { role: body.role, projects: body.projects ?? ["default"] } : undefined;
    if (hasEverything(caller)) for (const name of limit?.projects ?? []) await services.projects.config(name);
    const origin = (!body.local && https?.addresses[0] && `https://${https.addresses[0]}`) || undefined;
    const base = origin ?? (await webConsole.serveLocally());
    const { token, expiresAt } = webConsole.sessions.issueLink({ ...holderOf(caller), limit });
    // Behind the #: browsers send that to no server, and no log has it.
    return sync({ url: `${base}/ui/sign-in#${token}`, expires_at: new Date(expiresAt).toISOString() });
  });

  app.get("/session", async (request) => sync(userOf(request)));

  app.post("/session", { bodyLimit, schema: { body: consoleSessionPostSchema } }, async (request, reply) => {
    const address = request.raw.socket.remoteAddress ?? "";
    attempts.check(address);
    try {
      const { cookie, page, expiresAt } = webConsole.sessions.redeem(request.body.token);
      reply.header("set-cookie", sessionCookie(request.raw, cookie, Math.floor((expiresAt - Date.now()) / 1000)));
      log.info({ address }, "somebody signed in to the console");
      return sync({ page_key: page, expires_at: new Date(expiresAt).toISOString() });
    } catch (error) {
      attempts.failed(address);
      throw error;
    }
  });

  app.delete("/session", async (request, reply) => {
    const proof = sessionProofOf(request.raw);
    if (proof) webConsole.sessions.end(proof);
    reply.header("set-cookie", sessionCookie(request.raw, "", 0));
    return done();
  });

  function userOf({ caller, raw }: FastifyRequest): ConsoleUser {
    if (isStranger(caller)) return {};
    const proof = sessionProofOf(raw);
    const session = proof && webConsole.sessions.find(proof);
    const by = caller.kind === "local" ? "socket" : session ? "session" : "certificate";
    return {
      by,
      ...(caller.kind === "restricted" ? { role: caller.role, projects: [...caller.projects] } : { role: "admin" }),
      ...(by === "session" && session && { expires_at: new Date(session.expiresAt).toISOString() }),
    };
  }
}

/** Whose rights a link gives: those of whoever asks for it. */
function holderOf(caller: Caller): ConsoleGrant {
  if ("fingerprint" in caller && caller.fingerprint) return { fingerprint: caller.fingerprint };
  if (hasEverything(caller)) return {};
  throw new LodgeError({
    code: "permission_denied",
    message: "A session with fewer rights than its owner makes no links; ask for one where you asked for this.",
  });
}
