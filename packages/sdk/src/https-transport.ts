import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { LodgeError } from "@lodge/api/errors";
import { HttpTransport } from "./http-transport.ts";

// Loaded when a remote is used: commands for the daemon on this host do not pay for TLS.
const https = () => process.getBuiltinModule("node:https");
const tls = () => process.getBuiltinModule("node:tls");
const crypto = () => process.getBuiltinModule("node:crypto");

export interface HttpsOptions {
  /** `https://192.0.2.1:8443`; the port is 8443 if not given. */
  readonly address: string;
  /** What this client is known by, PEM; missing: it is a stranger. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The server's certificate, PEM: no other is spoken to. Missing: one that the system's authorities vouch for. */
  readonly serverCertificate?: string | undefined;
}

/** A daemon on another host, or on this one by HTTPS. */
export class HttpsTransport extends HttpTransport {
  /** `trace` is told each request and its status. */
  constructor(options: HttpsOptions, trace?: (line: string) => void) {
    const { hostname, port, host } = parseAddress(options.address);
    const secured = tlsOptions(options, hostname);
    super(
      {
        agent: new (https().Agent)({ keepAlive: true, maxFreeSockets: 4 }),
        options: { host: hostname, port, ...secured } as object,
        host,
        request: (request, answered) => https().request(request, answered),
        websocketBase: `wss://${host}`,
        connect: () => tls().connect({ host: hostname, port, ...secured }),
        failure: (cause) => httpsError(cause, `https://${host}`),
      },
      trace,
    );
  }
}

/** The parts of `https://HOST[:PORT]`, or of that without `https://`. `request_invalid`. */
export function parseAddress(address: string): { hostname: string; port: number; host: string } {
  const text = /^[a-z+]+:\/\//.test(address) ? address : `https://${isIP(address) === 6 ? `[${address}]` : address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.protocol !== "https:" || url.hostname === "" || url.pathname !== "/" || url.username !== "") {
    throw new LodgeError({
      code: "request_invalid",
      message: `"${address}" is no server's address such as https://192.0.2.1:8443 or lodge.example.com.`,
    });
  }
  // A URL leaves out the port that is https's own.
  const own = /:443\/?$/.test(text) ? 443 : 8443;
  const port = url.port === "" ? own : Number(url.port);
  return { hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"), port, host: `${url.hostname}:${port}` };
}

function tlsOptions({ certificate, key, serverCertificate }: HttpsOptions, hostname: string): ConnectionOptions {
  return {
    minVersion: "TLSv1.3",
    servername: isIP(hostname) ? "" : hostname,
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
    ...(serverCertificate !== undefined && pinned(serverCertificate)),
  };
}

/** The certificate itself, whatever names are in it. */
function pinned(pem: string): ConnectionOptions {
  const wanted = new (crypto().X509Certificate)(pem).fingerprint256;
  const differs = () => Object.assign(new Error("another certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  return {
    ca: [pem],
    checkServerIdentity: (_host, { fingerprint256 }) => (fingerprint256 === wanted ? undefined : differs()),
  };
}

/** SHA-256 of a certificate, as LXD and Lodge write it. */
export function certificateFingerprint(pem: string): string {
  return crypto().createHash("sha256").update(new (crypto().X509Certificate)(pem).raw).digest("hex");
}

/** What OpenSSL says of a certificate that nobody vouches for. */
const unknownCertificate =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|ERR_TLS_CERT_ALTNAME)/;

function httpsError(cause: unknown, server: string): LodgeError {
  if (cause instanceof LodgeError) return cause;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (unknownCertificate.test(code)) {
    return new LodgeError({
      code: "server_unknown",
      message: `${server} shows a certificate that you have not accepted. If the server was given a new one, remove the remote and add it again; if not, somebody may be between you and the server.`,
      cause,
    });
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const when = code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet";
    return new LodgeError({
      code: "server_unknown",
      message: `The certificate of ${server} ${when}; renew it there (\`lodge config trust renew\`), or set the clocks right.`,
      cause,
    });
  }
  const problems: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nobody listens there (lodged does not run, or core.https_address is not set)",
    ENOTFOUND: "there is no such host",
    EAI_AGAIN: "its name cannot be found out now",
    ETIMEDOUT: "nobody answers",
    EHOSTUNREACH: "there is no way to it",
    ENETUNREACH: "there is no way to it",
    ECONNRESET: "it closed the connection before it had answered",
    EPIPE: "it closed the connection before it had answered",
    EPROTO: "it does not speak TLS 1.3",
  };
  return new LodgeError({
    code: "daemon_unreachable",
    message: `${server} cannot be used: ${problems[code] ?? message}.`,
    cause,
  });
}
