import { LodgeError } from "@lodge/api";
import type { OfferedImage, WantedImage } from "./server.ts";

/** The image that is meant. An alias may carry the architecture (`debian/12/arm64`); without one the wanted one comes first. `image_not_found`. */
export function chooseOffered<Image extends OfferedImage>(
  server: string,
  images: readonly Image[],
  { alias, fingerprint, type, architecture }: WantedImage,
): Image {
  const fitting = images.filter((image) => type === undefined || image.type === type);
  const name = alias || fingerprint || "";
  const named = alias ? byAlias(fitting, alias, architecture) : [];
  const [found, ...others] = named.length > 0 ? named.slice(0, 1) : byFingerprint(fitting, name);
  if (found && others.length === 0) return found;
  const what = type === undefined ? "image" : `${type} image`;
  throw new LodgeError({
    code: "image_not_found",
    message: found
      ? `Several images of ${server} have fingerprints that begin with ${name}; give more digits.`
      : `${server} offers no ${what} "${name}"${architecture && alias ? ` for ${architecture}` : ""}.`,
  });
}

/** Containers first: where the type is not said they are meant. */
function byAlias<Image extends OfferedImage>(images: readonly Image[], alias: string, architecture?: string): Image[] {
  const plain = images.filter(
    (image) => image.aliases.includes(alias) && (architecture === undefined || image.architecture === architecture),
  );
  const explicit = images.filter(({ aliases, architecture: own, properties }) =>
    [own, properties["architecture"]].some((each) => aliases.some((name) => `${name}/${each}` === alias)),
  );
  return [...plain, ...explicit].sort((a, b) => rank(a) - rank(b));
}

const rank = ({ type }: OfferedImage): number => (type === "container" ? 0 : 1);

function byFingerprint<Image extends OfferedImage>(images: readonly Image[], prefix: string): Image[] {
  if (!/^[0-9a-f]{6,64}$/.test(prefix)) return [];
  const found = images.filter(({ fingerprint }) => fingerprint.startsWith(prefix));
  // The same image may be offered under several names.
  return [...new Map(found.map((image) => [image.fingerprint, image])).values()];
}
