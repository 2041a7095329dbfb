/** Paths whose names a guest chose, who may choose any bytes: text would not come back as what it was. */

/** Each character is a byte. */
export type RawPath = string & { readonly brand: "RawPath" };

export function rawPath(path: string): RawPath {
  return Buffer.from(path).toString("latin1") as RawPath;
}

/** As the system calls want it. */
export function bytesOf(path: RawPath): Buffer {
  return Buffer.from(path, "latin1");
}

/** What is called so in a directory. */
export function inDirectory(directory: RawPath, name: string): RawPath {
  return `${directory === "/" ? "" : directory}/${name}` as RawPath;
}
