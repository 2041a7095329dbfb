/** Where the other server of a migration waits: read before anything is sent there. */
import { LodgeError } from "@lodge/api";

/** What a request says of it. */
export interface NamedPeer {
  readonly operation?: string | null | undefined;
  readonly certificate?: string | null | undefined;
  readonly secrets?: Readonly<Record<string, string>> | null | undefined;
}

export interface Peer {
  /** PEM: this and no other is its certificate. Missing: an authority vouches for it. */
  readonly certificate?: string;
  readonly control: URL;
  readonly fs: URL;
}

/** `request_invalid`. */
export function parsePeer({ operation, certificate, secrets }: NamedPeer): Peer {
  const url = operation && URL.canParse(operation) ? new URL(operation) : undefined;
  const id = /^\/1\.0\/operations\/([0-9a-f-]{36})$/i.exec(url?.pathname ?? "")?.[1];
  if (url?.protocol !== "https:" || id === undefined || url.username || url.password || url.hash)
    throw invalid(
      `"${operation ?? ""}" is no operation of another server, such as https://192.0.2.1:8443/1.0/operations/UUID`,
    );
  const opened = (name: string) => {
    const secret = secrets?.[name];
    if (!secret) throw invalid(`the secret of the websocket "${name}" is missing`);
    const websocket = new URL(`wss://${url.host}/1.0/operations/${id}/websocket`);
    websocket.searchParams.set("secret", secret);
    return websocket;
  };
  return {
    control: opened("control"),
    fs: opened("fs"),
    ...(certificate && { certificate: requireCertificate(certificate) }),
  };
}

function requireCertificate(text: string): string {
  if (/^\s*-----BEGIN CERTIFICATE-----/.test(text)) return text;
  throw invalid("its certificate is not in PEM");
}

function invalid(why: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `The migration cannot begin: ${why}.` });
}
