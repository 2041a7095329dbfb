import {
  type Certificate,
  type CertificatePut,
  certificatePostSchema,
  certificatePutSchema,
  LodgeError,
} from "@lodge/api";
import { type Caller, hasEverything, type RunningOperation } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { becomeTrusted } from "../access/become-trusted.ts";
import type { Api, RouteContext } from "../api.ts";
import { accepted, created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { listQuerySchema } from "../query.ts";

const paramsSchema = z.object({ fingerprint: z.string().regex(/^[0-9a-fA-F]{1,64}$/, "is no fingerprint") });

/** Bytes of a body: a stranger's as well. */
const bodyLimit = 65_536;

/** Who is trusted. Restricted callers see, renew and remove themselves and nobody else. */
export async function certificateRoutes(app: Api, context: RouteContext): Promise<void> {
  const { certificates, tokens, config } = context.services;
  const schema = { params: paramsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async ({ caller, query }) => {
    const list = certificates.list().filter(({ fingerprint }) => hasEverything(caller) || isOwn(caller, fingerprint));
    return sync(query.recursion === 0 ? list.map(({ fingerprint }) => urlOf(fingerprint)) : list);
  });

  app.post("/", { bodyLimit, schema: { body: certificatePostSchema } }, async (request, reply) => {
    const { caller, body } = request;
    if (caller.kind === "restricted" && (body.token || body.certificate)) {
      const message = "Your certificate does not allow to trust others; ask whoever administers the server.";
      throw new LodgeError({ code: "permission_denied", message });
    }
    if (!hasEverything(caller)) return created(reply, urlOf(await becomeTrusted(context, request, body)));
    if (body.token) return accepted(reply, await issue());
    if (!body.certificate && caller.kind === "trusted") certificates.refuseKnown(caller.fingerprint);
    if (!body.certificate) throw invalid("A certificate is missing, or `token` for a token");
    return created(reply, urlOf((await certificates.add(body)).fingerprint));

    async function issue(): Promise<RunningOperation> {
      await certificates.checkRestriction(body);
      const addresses = context.https?.addresses ?? [];
      if (!context.https || addresses.length === 0)
        throw invalid("Nobody could use a token: set core.https_address first, so that the server can be reached");
      const { fingerprint } = await context.https.certificate();
      return tokens.issue(body, { addresses, fingerprint, config: await config.get() });
    }
  });

  app.get("/:fingerprint", { schema }, async (request, reply) => {
    const certificate = find(request);
    reply.header("etag", certificateEtag(certificate));
    return sync(certificate);
  });

  for (const [method, join] of [
    ["PUT", (_: Certificate, given: CertificatePut): CertificatePut => given],
    ["PATCH", (current: Certificate, given: CertificatePut): CertificatePut => patched(current, present(given))],
  ] as const) {
    app.route({
      method,
      url: "/:fingerprint",
      bodyLimit,
      schema: { ...schema, body: certificatePutSchema },
      handler: async (request) => {
        const { fingerprint } = find(request);
        await certificates.update(fingerprint, (current) => {
          requireMatch(request, certificateEtag(current), `Certificate ${fingerprint.slice(0, 12)}`);
          const put = join(current, request.body);
          return hasEverything(request.caller) ? put : renewed(current, put);
        });
        return done();
      },
    });
  }

  app.delete("/:fingerprint", { schema }, async (request) => {
    await certificates.remove(find(request).fingerprint);
    return done();
  });

  /** What a caller is not shown does not exist for him. */
  function find({ caller, params }: FastifyRequest): Certificate {
    const { fingerprint } = params as z.infer<typeof paramsSchema>;
    if (hasEverything(caller)) return certificates.get(fingerprint);
    const own = certificates.list().find((each) => isOwn(caller, each.fingerprint));
    if (own?.fingerprint.startsWith(fingerprint.toLowerCase())) return own;
    throw new LodgeError({ code: "certificate_not_found", message: "You see no certificates but your own." });
  }
}

const isOwn = (caller: Caller, fingerprint: string): boolean =>
  "fingerprint" in caller && caller.fingerprint === fingerprint;

/** A restricted caller gives itself a new certificate, and nothing else. */
function renewed(current: Certificate, put: CertificatePut): CertificatePut {
  const { certificate = current.certificate } = put;
  return { ...current, certificate };
}

const urlOf = (fingerprint: string): string => `/1.0/certificates/${fingerprint}`;

const certificateEtag = ({ name, type, restricted, projects, role, certificate }: Certificate): string =>
  etag([name, type, restricted, projects, role, certificate]);

/** Who is not restricted any more has no projects. */
function patched({ projects, role, ...current }: Certificate, given: CertificatePut): CertificatePut {
  return { ...current, ...(given.restricted === false ? {} : { projects, role }), ...given };
}

/** What is null was not given. */
function present(put: CertificatePut): CertificatePut {
  return Object.fromEntries(Object.entries(put).filter(([, value]) => value !== null && value !== undefined));
}

function invalid(message: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `${message}.` });
}
