import type { Operation } from "@lodge/api";
import { LodgeError, type RunningOperation } from "@lodge/sdk/browser";
import { pageKey, type Server } from "./server.tsx";

interface Upload {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Blob | FormData;
  /** Bytes that have been sent. */
  readonly onProgress: (sent: number) => void;
}

/** Sends a file and resolves with the operation that it begins. */
export async function upload(server: Server, file: Upload): Promise<RunningOperation> {
  const answer = await send(server, file);
  if (answer.type !== "async") throw refused(answer);
  return server.client.operations.follow(answer.metadata.id);
}

/** Sends a file that is taken at once. */
export async function uploadPlain(server: Server, file: Upload): Promise<void> {
  const answer = await send(server, file);
  if (answer.type !== "sync") throw refused(answer);
}

/** By XMLHttpRequest, because `fetch` does not say how much has been sent. */
function send(server: Server, { path, query = {}, headers = {}, body, onProgress }: Upload): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = new XMLHttpRequest();
  request.open("POST", `${path}?${new URLSearchParams({ project: server.project, ...query })}`);
  const key = pageKey.get();
  const all = { ...(body instanceof Blob && { "content-type": "application/octet-stream" }), ...headers };
  for (const [name, value] of Object.entries({ ...all, ...(key && { "x-lodge-console": key }) })) {
    request.setRequestHeader(name, value);
  }
  request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
  request.addEventListener("error", () => reject(unreachable()));
  request.addEventListener("load", () => {
    try {
      resolve(JSON.parse(request.responseText) as Answer);
    } catch (error) {
      reject(error instanceof Error ? error : unreachable());
    }
  });
  request.send(body);
  return promise;
}

interface Answer {
  readonly type: string;
  readonly error?: string;
  readonly metadata: Operation;
}

/** What the server refused, in its words. */
const refused = ({ error }: Answer) =>
  new LodgeError({ code: "request_invalid", message: error || "The server did not take the file." });

const unreachable = () =>
  new LodgeError({ code: "daemon_unreachable", message: "The server went away while the file was sent." });
