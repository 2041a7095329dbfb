import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { hostAndPort, isTrue, LodgeError, type Requestor } from "@lodge/api";
import { type Caller, hasEverything, hostReach, isStranger, mayDo, mayMeasure, maySee, type Right } from "@lodge/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api, RouteContext } from "../api.ts";
import { sessionProofOf } from "../console/session-proof.ts";
import { asksForAll, namedProject, namesProject } from "../query.ts";
import { isUpgrade } from "../upgrades.ts";
import { isFollower, takeExpected } from "./image-senders.ts";
import { metricsAreOpen } from "./open-metrics.ts";
import { canonicalPath, type RouteRight, rightOf } from "./route-rights.ts";

/** Asks of every request who sends it and whether that caller may: before its body is read, and again of what is in the body. */
export function authorizeRequests(app: Api, context: Pick<RouteContext, "services" | "identify" | "webConsole">): void {
  const rights = new Map<string, RouteRight>();
  const keyOf = (method: unknown, path: string | undefined) => `${String(method)} ${canonicalPath(path ?? "")}`;
  // Also of a route that nobody has ever called.
  app.addHook("onRoute", ({ method, url }) => {
    for (const each of [method].flat()) rights.set(keyOf(each, url), rightOf(each, url));
  });
  app.decorateRequest("caller");
  app.decorateRequest("expected");
  app.addHook("onRequest", async (request, reply) => {
    const caller = callerOf(request, context);
    request.caller = caller;
    refuseForeignSite(request, caller);
    if (request.is404) return;
    const right = rights.get(keyOf(request.method, request.routeOptions.url)) ?? "administer";
    if (right === "image:upload") request.expected = takeExpected(request.raw, context.services);
    if (request.expected) return;
    if (!(await allowed(caller, right, request, context))) refuse(caller, reply);
  });
  app.addHook("preValidation", (request) => refuseReach(request.caller, request, context));
  // Not earlier: reading a body forgets who began to.
  app.addHook("preValidation", (request, _reply, done) =>
    context.services.events.askedBy(requestorOf(request.caller, request.raw.socket), done),
  );
}

/** Whoever the connection says, or, of a stranger's, the session of the console that the request shows. */
function callerOf({ raw }: FastifyRequest, { identify, webConsole }: Pick<RouteContext, "identify" | "webConsole">) {
  const connected = identify(raw.socket);
  if (!isStranger(connected)) return connected;
  const proof = sessionProofOf(raw);
  const session = proof && webConsole.sessions.find(proof);
  if (!session) return connected;
  if (isUpgrade(raw)) webConsole.sessions.hold(proof, raw.socket);
  return session.caller;
}

/** For the events of what comes of a request. */
function requestorOf(caller: Caller, { remoteAddress = "", remotePort = 0 }: Socket): Requestor {
  if (caller.kind === "local") return { username: "", protocol: "unix", address: "@" };
  const address = hostAndPort({ host: remoteAddress.replace(/^::ffff:/, ""), port: remotePort });
  return { username: caller.fingerprint ?? "", protocol: "tls", address };
}

async function allowed(
  caller: Caller,
  right: RouteRight,
  request: FastifyRequest,
  { services }: Pick<RouteContext, "services">,
): Promise<boolean> {
  if (hasEverything(caller)) return true;
  if (right === "metrics" && (await metricsAreOpen(services))) return true;
  if (right === "metrics")
    return mayDo(caller, right, "") && (!namesProject(request) || mayMeasure(caller, namedProject(request)));
  if (right === "operation:follow" && isFollower(request.raw, services)) return true;
  // Whatever else a route asks for, what it does is done in the project that the request names.
  if (right !== "public" && namesProject(request) && !maySee(caller, namedProject(request))) return false;
  switch (right) {
    case "list":
      return asksForAll(request) ? mayDo(caller, "identified", "") : mayDo(caller, "view", namedProject(request));
    case "operation:view":
    case "operation:operate":
    case "operation:follow": {
      if (!mayDo(caller, "identified", "")) return false;
      const { id } = request.params as { id: string };
      const plain = right === "operation:operate" ? "operate" : "view";
      return mayDo(caller, plain, services.operations.get(id).request.project);
    }
    case "image:manage":
    case "image:upload":
    case "profile:manage":
    case "volume:manage":
    case "volume:operate": {
      const [noun, verb] = right.split(":") as [keyof typeof homeFeature, string];
      const plain: Right = verb === "operate" ? "operate" : "manage";
      const named = namedProject(request);
      if (!mayDo(caller, plain, named)) return false;
      return mayDo(caller, plain, await services.projects.home(named, homeFeature[noun]));
    }
    default:
      return mayDo(caller, right, namedProject(request));
  }
}

const homeFeature = {
  image: "features.images",
  profile: "features.profiles",
  volume: "features.storage.volumes",
} as const;

/**
 * A browser shows its certificate whichever site asks, and reaches the socket where somebody forwards a port to it: only what this server
 * served may. A page always says of a websocket and of a change where it is from. Where everybody is let in, its name must lead to this
 * host and nowhere else.
 */
function refuseForeignSite({ headers: { origin, host } }: FastifyRequest, caller: Caller): void {
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  const loopback = from && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(from.hostname);
  if (from?.host === host && (caller.kind !== "local" || loopback)) return;
  throw new LodgeError({ code: "permission_denied", message: `Pages of ${origin} may not use this server.` });
}

/** Nothing more is read from somebody whom nobody knows. */
function refuse(caller: Caller, reply: FastifyReply): never {
  if (isStranger(caller)) {
    reply.header("connection", "close");
    throw new LodgeError({
      code: "permission_denied",
      message:
        "This server does not trust your client's certificate with that; `lodge remote add` with a token makes it so.",
    });
  }
  const { kind } = caller;
  const name = kind === "restricted" ? ` "${caller.name}" (${caller.role} of ${caller.projects.join(", ")})` : "";
  throw new LodgeError({
    code: "permission_denied",
    message: `Your certificate${name} does not allow that; ask whoever administers the server.`,
  });
}

/** What a body asks for beyond the projects of a restricted caller, or of the host. */
async function refuseReach(
  caller: Caller,
  request: FastifyRequest,
  { services }: Pick<RouteContext, "services">,
): Promise<void> {
  if (caller.kind !== "restricted") return;
  const { body } = request;
  if (body instanceof Readable) {
    if (await isHeld(request, services)) return;
    // What the backup says of its instance is not known before it is there.
    if (canonicalPath(request.routeOptions.url ?? "") !== "/1.0/instances") return;
    throw forbidden("import backups");
  }
  if (typeof body !== "object" || body === null) return;
  refuseAsked(caller, body);
  const isInstance = canonicalPath(request.routeOptions.url ?? "") === "/1.0/instances";
  const isMigration = isInstance && wordOf((body as { source?: unknown }).source, "type") === "migration";
  const reach = hostReach(body);
  if ((!isMigration && reach === undefined) || (await isHeld(request, services))) return;
  // What comes says itself what it is to be, as a backup does.
  throw forbidden(isMigration ? "bring instances from other servers" : `reach the host by ${reach}`);
}

/** What of a body does not depend on the project; for routes that read it by themselves. */
export function refuseAsked(caller: Caller, body: object): void {
  if (caller.kind !== "restricted") return;
  const { project, source, target } = body as { project?: unknown; source?: unknown; target?: unknown };
  for (const named of [project, wordOf(source, "project")]) {
    if (typeof named === "string" && named !== "" && !mayDo(caller, "manage", named))
      throw forbidden(`use project ${named}`);
  }
  if (wordOf(source, "server")) throw forbidden("have the server fetch images");
  // Where a daemon connects to is its administrator's to say.
  if (wordOf(source, "operation") || wordOf(target, "operation")) throw forbidden("have the server connect to another");
}

/** Whether all projects that a request changes are restricted: what they do not allow is refused of whatever comes of it. */
async function isHeld(request: FastifyRequest, { projects }: RouteContext["services"]): Promise<boolean> {
  const { project: target } = (request.body ?? {}) as { readonly project?: unknown };
  const named = namedProject(request);
  const shared = canonicalPath(request.routeOptions.url ?? "").startsWith("/1.0/profiles");
  const changed = [shared ? await projects.home(named, "features.profiles") : named];
  if (typeof target === "string" && target !== "") changed.push(target);
  const configs = await Promise.all(changed.map((name) => projects.config(name)));
  return configs.every((config) => isTrue(config["restricted"]));
}

const wordOf = (part: unknown, word: string): unknown =>
  typeof part === "object" && part !== null ? (part as Readonly<Record<string, unknown>>)[word] : undefined;

function forbidden(what: string): LodgeError {
  return new LodgeError({
    code: "permission_denied",
    message: `A restricted certificate does not allow to ${what}; ask whoever administers the server.`,
  });
}
