import type { Duplex } from "node:stream";
import type { GuestFiles } from "./driver.ts";

/**
 * The same files, closed in another way; whatever class they are of, its methods are called on it itself. `wanted`: connections on which they
 * are served end when it resolves.
 */
export function closingBy(files: GuestFiles, close: () => Promise<void>, wanted?: Promise<void>): GuestFiles {
  return {
    stat: (path) => files.stat(path),
    read: (path) => files.read(path),
    list: (path) => files.list(path),
    entries: (path) => files.entries(path),
    write: (path, content, attributes, append) => files.write(path, content, attributes, append),
    makeDirectory: (path, attributes) => files.makeDirectory(path, attributes),
    makeSymlink: (path, target, attributes) => files.makeSymlink(path, target, attributes),
    remove: (path) => files.remove(path),
    rename: (from, to) => files.rename(from, to),
    serve: (connection: Duplex) => {
      void wanted?.then(() => connection.destroy());
      return files.serve(connection);
    },
    close,
  };
}
