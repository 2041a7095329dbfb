import { connect } from "node:tls";
import { LodgeError } from "@lodge/api/errors";
import { parseAddress } from "@lodge/sdk";

export interface ShownCertificate {
  readonly pem: string;
  /** SHA-256. */
  readonly fingerprint: string;
  /** An authority that this system trusts vouches for it and for the name. */
  readonly vouched: boolean;
}

/** Milliseconds in which a server must show its certificate. */
const patience = 15_000;

/** The certificate that a server shows to whoever comes. `daemon_unreachable`. */
export function shownCertificate(address: string): Promise<ShownCertificate> {
  const { hostname, port, host } = parseAddress(address);
  const { promise, resolve, reject } = Promise.withResolvers<ShownCertificate>();
  const isName = /[a-z]/i.test(hostname) && !hostname.includes(":");
  const servername = isName ? hostname : "";
  const socket = connect({ host: hostname, port, servername, minVersion: "TLSv1.3", rejectUnauthorized: false });
  const fail = (cause: Error) => {
    const message = `https://${host} cannot be used: ${cause.message || "nobody answers"}.`;
    reject(new LodgeError({ code: "daemon_unreachable", message, cause }));
    socket.destroy();
  };
  socket.setTimeout(patience, () => fail(new Error("nobody answers")));
  socket.once("error", fail);
  socket.once("secureConnect", () => {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return fail(new Error("it shows no certificate"));
    const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    resolve({ pem: certificate.toString(), fingerprint, vouched: socket.authorized });
    socket.destroy();
  });
  return promise;
}
