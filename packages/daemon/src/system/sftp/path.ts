const slash = 0x2f;

/**
 * A path of a client's as an absolute one without `.`, `..` and empty parts; what is relative is so to `/`. Links are not looked at:
 * this is what a client shows and goes on from, and what it opens is resolved by the kernel.
 */
export function canonicalPath(path: Buffer): Buffer {
  const parts: string[] = [];
  for (const part of path.toString("latin1").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return Buffer.from(`/${parts.join("/")}`, "latin1");
}

/** A path as the kernel is to resolve it, from `/`. */
export function absolutePath(path: Buffer): Buffer {
  return path[0] === slash ? path : Buffer.concat([Buffer.from("/"), path]);
}
