import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type GuestFiles } from "@lodge/core";
import { refuse } from "./refuse.ts";

/** What is in an instance, by path. */
export type FakeFiles = Map<string, { type: "file" | "directory" | "symlink"; content: string; mode: number }>;

export function fakeFiles(files: FakeFiles): GuestFiles {
  const find = (path: string) => files.get(path) ?? refuse("file_not_found", `There is no file ${path}.`);
  return {
    stat: async (path) => {
      const { type, mode, content } = find(path);
      return { type, uid: 1, gid: 2, mode, size: content.length, ...(type === "symlink" && { target: content }) };
    },
    read: async (path) => Readable.from([Buffer.from(find(path).content)]),
    list: async (path) =>
      [...files.keys()].filter((p) => p.startsWith(`${path}/`)).map((p) => p.slice(path.length + 1)),
    entries: async (path) =>
      [...files].flatMap(([p, { type, content, mode }]) =>
        p.startsWith(`${path}/`)
          ? [{ name: p.slice(path.length + 1), type, size: content.length, mode, uid: 1, gid: 2, modified_at: "" }]
          : [],
      ),
    write: async (path, content, { mode = 0o644 }, append) => {
      const before = append ? (files.get(path)?.content ?? "") : "";
      files.set(path, { type: "file", content: before + (await text(content)), mode });
    },
    makeDirectory: async (path, { mode = 0o755 }) => void files.set(path, { type: "directory", content: "", mode }),
    makeSymlink: async (path, target) => void files.set(path, { type: "symlink", content: target, mode: 0o777 }),
    remove: async (path) => {
      find(path);
      files.delete(path);
    },
    rename: async (from, to) => {
      files.set(to, find(from));
      files.delete(from);
    },
    serve: async (connection) => pipeline(connection, connection),
    close: async () => {},
  };
}
