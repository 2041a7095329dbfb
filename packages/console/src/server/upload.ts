import type { Operation } from "@lodge/api";
import { LodgeError, type RunningOperation } from "@lodge/sdk/browser";
import { pageKey, type Server } from "./server.tsx";

interface Upload {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Blob | FormData;
  /** Bytes that have been sent. */
  readonly onProgress: (sent: number) => void;
}

/** Sends a file and resolves with the operation that it begins. By XMLHttpRequest, because `fetch` does not say how much has been sent. */
export function upload(server: Server, { path, headers = {}, body, onProgress }: Upload): Promise<RunningOperation> {
  const { promise, resolve, reject } = Promise.withResolvers<RunningOperation>();
  const request = new XMLHttpRequest();
  request.open("POST", `${path}?project=${encodeURIComponent(server.project)}`);
  const key = pageKey.get();
  const all = { ...(body instanceof Blob && { "content-type": "application/octet-stream" }), ...headers };
  for (const [name, value] of Object.entries({ ...all, ...(key && { "x-lodge-console": key }) })) {
    request.setRequestHeader(name, value);
  }
  request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
  request.addEventListener("error", () => reject(unreachable()));
  request.addEventListener("load", () => {
    try {
      resolve(server.client.operations.follow(operationIn(request.responseText)));
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

/** The operation's id; what the server refused is thrown in its words. */
function operationIn(text: string): string {
  const { type, error, metadata } = JSON.parse(text) as Answer;
  if (type === "async") return metadata.id;
  throw new LodgeError({ code: "request_invalid", message: error || "The server did not take the file." });
}

const unreachable = () =>
  new LodgeError({ code: "daemon_unreachable", message: "The server went away while the file was sent." });
