/** Metadata for what comes without: a bare disk or root file system. Pure. */
import { type ImageMetadata, kernelArchitecture } from "@lodge/core";

export interface Known {
  /** Of the upload. */
  readonly filename: string;
  /** Given with the upload; `architecture` is one that counts. */
  readonly properties: Readonly<Record<string, string>>;
  readonly created: Date;
  /** Read from the content. */
  readonly architecture?: string;
  /** Of this host: what is assumed in the end. */
  readonly hostArchitecture: string;
}

export function madeMetadata({ filename, properties, created, ...known }: Known): ImageMetadata {
  const name = filename.replace(endings, "");
  const architecture =
    properties["architecture"] || known.architecture || architectureIn(name) || known.hostArchitecture;
  return {
    architecture: kernelArchitecture(architecture),
    creationDate: Math.floor(created.getTime() / 1000),
    properties: { ...(name !== "" && { description: name }), ...properties },
  };
}

const endings = /(\.(tar|tgz|gz|xz|zst|bz2|squashfs|qcow2|img|raw|vmdk|vhdx|vdi))+$/i;

/** `debian-12-generic-arm64`: distributions name their images so. */
function architectureIn(name: string): string | undefined {
  const words = name.toLowerCase().split(/[^a-z0-9_]+/);
  return words.find((word) =>
    /^(x86_64|amd64|aarch64|arm64|i[3-6]86|armhf|armv7l|riscv64|ppc64le|ppc64el|s390x)$/.test(word),
  );
}
