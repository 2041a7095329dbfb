import type { Image } from "@lodge/api";

/** What people call an image: `debian/12`, else what its properties say. */
export function imageTitle({ aliases, properties, fingerprint }: Image): string {
  const [shortest] = aliases.map(({ name }) => name).toSorted((a, b) => a.length - b.length);
  return shortest || properties["description"] || fingerprint.slice(0, 12);
}
