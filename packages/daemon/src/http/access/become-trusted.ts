import { type CertificatePost, LodgeError, trustTokenSchema } from "@lodge/api";
import { requireValid } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import type { RouteContext } from "../api.ts";
import { peerCertificate } from "./identify.ts";

/** A client that nobody knows shows a token and is trusted from then on, as the token says. Its fingerprint. */
export async function becomeTrusted(
  { services, attempts, log }: RouteContext,
  request: FastifyRequest,
  { password, trust_token, name }: CertificatePost,
): Promise<string> {
  const { certificates, tokens } = services;
  const { socket } = request.raw;
  const address = socket.remoteAddress ?? "";
  const content = peerCertificate(socket);
  if (!content) throw invalid("Show a client certificate in the TLS handshake: it is what becomes trusted");
  certificates.refuseKnown(content.fingerprint);
  requireValid(content, new Date());
  attempts.check(address);
  const secret = secretOf(trust_token || password || "");
  const grant = secret === undefined ? undefined : tokens.redeem(secret);
  if (!grant) {
    attempts.failed(address);
    log.warn({ address, fingerprint: content.fingerprint }, "client refused: no valid trust token");
    throw new LodgeError({
      code: "trust_refused",
      message:
        "The token is not valid: it was used, revoked or expired, or is another server's. Ask for a new one (`lodge config trust add`). There are no trust passwords.",
    });
  }
  const { fingerprint } = await certificates.add({ ...grant, name: grant.name || name, certificate: content.pem });
  log.info({ address, fingerprint }, "client is trusted from now on");
  return fingerprint;
}

/** Of a token; undefined: it is none. */
function secretOf(token: string): string | undefined {
  try {
    return trustTokenSchema.parse(JSON.parse(Buffer.from(token, "base64").toString())).secret;
  } catch {
    return undefined;
  }
}

function invalid(message: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `${message}.` });
}
