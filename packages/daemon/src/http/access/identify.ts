import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Caller, type CertificateContent, type CertificateService, contentOf, isValidAt } from "@lodge/core";

const contents = new WeakMap<TLSSocket, CertificateContent>();

/** The certificate whose key the other end has shown to have; undefined when it has none. */
export function peerCertificate(socket: Socket): CertificateContent | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = contents.get(socket);
  if (known) return known;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const content = contentOf(certificate);
  contents.set(socket, content);
  return content;
}

/** Who is at the other end: by HTTPS whoever the certificate is trusted to be, now; else somebody on the unix socket. */
export function identifyBy(
  certificates: Pick<CertificateService, "callerOf">,
  now: () => Date,
): (socket: Socket) => Caller {
  return (socket) => {
    if (!(socket instanceof TLSSocket)) return { kind: "local" };
    const content = peerCertificate(socket);
    if (!content) return { kind: "untrusted" };
    const { fingerprint } = content;
    return isValidAt(content, now()) ? certificates.callerOf(fingerprint) : { kind: "untrusted", fingerprint };
  };
}
