/** Writes an image's metadata archive. The same metadata give the same bytes. */
import { buffer } from "node:stream/consumers";
import type { ImageMetadata } from "@lodge/core";
import { pack } from "tar-stream";
import { stringify } from "yaml";

export async function metadataArchive(metadata: ImageMetadata): Promise<Buffer> {
  const archive = pack();
  const mtime = new Date(metadata.creationDate * 1000);
  archive.entry({ name: "metadata.yaml", mode: 0o644, mtime }, metadataYaml(metadata));
  archive.entry({ name: "templates/", type: "directory", mode: 0o755, mtime });
  for (const [name, text] of Object.entries(metadata.templates?.files ?? {}))
    archive.entry({ name: `templates/${name}`, mode: 0o644, mtime }, text);
  archive.finalize();
  return buffer(archive);
}

/** LXD's own file in every image. */
export function metadataYaml(metadata: ImageMetadata): string {
  return stringify({
    architecture: metadata.architecture,
    creation_date: metadata.creationDate,
    properties: metadata.properties,
    templates: metadata.templates?.entries ?? {},
  });
}
