import { connect } from "node:net";
import { connectionError } from "./connection-error.ts";
import { HttpTransport } from "./http-transport.ts";

// An `import` of node:http reads every export of it, the lazy ones included, which loads Node's whole fetch
// machinery: 50 ms that a CLI call would pay for nothing.
const http = process.getBuiltinModule("node:http");

/** The daemon's unix socket. */
export class UnixTransport extends HttpTransport {
  /** `trace` is told each request and its status. */
  constructor(socket: string, trace?: (line: string) => void) {
    super(
      {
        agent: new http.Agent({ keepAlive: true, maxFreeSockets: 4 }),
        // Without a servername Node takes time to find out whether the host is an address.
        options: { socketPath: socket, servername: "" } as object,
        host: "unix.socket",
        request: (options, answered) => http.request(options, answered),
        // Not ws+unix: that would cut a socket path with a colon in two.
        websocketBase: "ws://unix.socket",
        connect: () => connect(socket),
        failure: (cause) => connectionError(cause, socket),
      },
      trace,
    );
  }
}
