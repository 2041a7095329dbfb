/** The path of an object with its project, where that is not the default one. Projects themselves are in none. */
export function inProject(path: string, project: string): string {
  if (project === "default" || path.startsWith("/1.0/projects/")) return path;
  return `${path}${path.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`;
}
