/** Paths inside an instance: absolute, without `.` and `..`, and without a slash at the end. */

export const inDirectory = (directory: string, name: string): string =>
  directory === "/" ? `/${name}` : `${directory}/${name}`;

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Where a link in a directory leads. */
export function followed(directory: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith("/") ? target : `${directory}/${target}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The directories above a path and itself, the root first: each with its name. */
export function crumbsOf(path: string): readonly (readonly [path: string, name: string])[] {
  const parts = path.split("/").filter(Boolean);
  return [["/", "/"], ...parts.map((name, index) => [`/${parts.slice(0, index + 1).join("/")}`, name] as const)];
}

/** What is wrong with a name for a file; undefined: nothing. */
export function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (name.includes("/") || name === "." || name === "..") return "A name has no / in it, and is not . or ..";
  if (new TextEncoder().encode(name).length > 255) return "A name has 255 bytes at most.";
  return taken.has(name) ? "There is something of that name here." : undefined;
}

/** `rw-r--r--` */
export const modeWords = (mode: number): string =>
  [6, 3, 0]
    .map((shift) => ["r", "w", "x"].map((word, bit) => ((mode >> shift) & (4 >> bit) ? word : "-")).join(""))
    .join("");
