/** Names in the URLs that say by what something is used: `/1.0/instances/web?project=a` is web. */
export const usersOf = (urls: readonly string[], noun: string): readonly string[] =>
  urls
    .map((url) => url.replace(/\?.*$/, "").split("/"))
    .filter((parts) => parts[2] === noun)
    .map((parts) => decodeURIComponent(parts[3] ?? ""));
