import { dirname } from "node:path";
import { errorReply, type FakeReply, type FakeRequest, type FakeServer, syncReply } from "./fake-server.ts";

export interface FakeFile {
  readonly type: "file" | "directory" | "symlink";
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly content: string;
}

const route = /^\/1\.0\/instances\/([^/]+)\/files$/;

/** Files of all instances of a FakeServer, by absolute path. */
export class FakeFiles {
  readonly byPath = new Map<string, FakeFile>([
    ["/", { type: "directory", uid: 0, gid: 0, mode: 0o755, content: "" }],
    ["/root", { type: "directory", uid: 0, gid: 0, mode: 0o700, content: "" }],
  ]);

  constructor(server: FakeServer) {
    server.on("GET", route, (request) => this.#get(request));
    server.on("POST", route, (request) => this.#post(request));
    server.on("DELETE", route, ({ query }) => {
      const path = query.get("path") ?? "";
      return this.byPath.delete(path) ? syncReply({}) : notFound(path);
    });
  }

  #get({ query }: FakeRequest): FakeReply {
    const path = query.get("path") ?? "";
    const file = this.byPath.get(path);
    if (!file) return notFound(path);
    const headers = {
      "x-lxd-type": file.type,
      "x-lxd-uid": String(file.uid),
      "x-lxd-gid": String(file.gid),
      "x-lxd-mode": file.mode.toString(8).padStart(4, "0"),
    };
    if (file.type === "directory") return syncReply(this.#entries(path), headers);
    return { headers: { ...headers, "content-type": "application/octet-stream" }, body: file.content };
  }

  #post({ query, headers, body }: FakeRequest): FakeReply {
    const path = query.get("path") ?? "";
    if (!this.byPath.has(dirname(path))) return notFound(dirname(path));
    const type = headers["x-lxd-type"] as FakeFile["type"];
    const existing = this.byPath.get(path);
    if (existing && type === "directory") return syncReply({});
    if (existing?.type === "directory") return errorReply(400, "file_invalid", `${path} is a directory.`);
    this.byPath.set(path, {
      type,
      uid: Number(headers["x-lxd-uid"] ?? 0),
      gid: Number(headers["x-lxd-gid"] ?? 0),
      mode: Number.parseInt(String(headers["x-lxd-mode"] ?? "0644"), 8),
      content: headers["x-lxd-write"] === "append" ? `${existing?.content ?? ""}${body}` : String(body),
    });
    return syncReply({});
  }

  #entries(directory: string): string[] {
    return [...this.byPath.keys()]
      .filter((path) => path !== "/" && dirname(path) === directory)
      .map((path) => path.slice(path.lastIndexOf("/") + 1))
      .sort();
  }
}

function notFound(path: string): FakeReply {
  return errorReply(404, "file_not_found", `There is no ${path} in the instance.`);
}
