import { LodgeClient } from "./client.ts";
import { type HttpsOptions, HttpsTransport } from "./https-transport.ts";
import { socketPath } from "./socket-path.ts";
import { UnixTransport } from "./unix-transport.ts";

export interface ConnectOptions {
  /** A daemon's HTTPS, instead of its socket. */
  readonly https?: HttpsOptions | undefined;
  /** Default: from the environment, see `socketPath`. */
  readonly socket?: string | undefined;
  /** Default: the daemon's `default`. */
  readonly project?: string | undefined;
  /** Told each request and its status. */
  readonly trace?: (line: string) => void;
}

/** A client of the daemon on this host, or of one by HTTPS. Nothing is sent before the first call. */
export function connect({ https, socket, project, trace }: ConnectOptions = {}): LodgeClient {
  const transport = https
    ? new HttpsTransport(https, trace)
    : new UnixTransport(socket ?? socketPath(process.env), trace);
  return new LodgeClient(transport, project);
}
