/**
 * Images that have a URL each, as LXD reads them: asked with `LXD-Server-Architectures`, it answers `LXD-Image-Hash` and `LXD-Image-URL`.
 * Any web server can do that. The image is one file, and its hash is the image's fingerprint.
 */
import { join } from "node:path";
import type { ImageUrls, UnseenImage } from "@lodge/core";
import { redirected } from "../../../system/web/address.ts";
import { ask, type WebAnswer } from "../../../system/web/ask.ts";
import { type DownloadSurroundings, download } from "../../../system/web/download.ts";
import { unreachable, untrue } from "../../../system/web/web-error.ts";

export interface ImageUrlsOptions extends DownloadSurroundings {
  /** Checks an address that a user or a client gave. `request_invalid`. */
  readonly parseUrl: (url: string) => Promise<URL>;
}

interface Found {
  readonly asked: URL;
  /** Of the file: elsewhere, perhaps. */
  readonly url: URL;
  readonly image: UnseenImage;
}

export function createImageUrls({ parseUrl, ...surroundings }: ImageUrlsOptions): ImageUrls {
  async function find(text: string, architecture: string, signal: AbortSignal): Promise<Found> {
    const asked = await parseUrl(text);
    const headers = { "lxd-server-architectures": architecture, "incus-server-architectures": architecture };
    const said = await look({ url: asked, headers, signal });
    const fingerprint = headerOf(said, "hash")?.toLowerCase() ?? "";
    const place = headerOf(said, "url");
    if (!/^[0-9a-f]{64}$/.test(fingerprint) || place === undefined)
      throw untrue(asked, "it does not say with LXD-Image-Hash and LXD-Image-URL what image to fetch");
    const url = redirected(asked, place);
    const { "content-length": length = "" } = await look({ url, sentBy: asked, signal });
    if (!/^\d{1,15}$/.test(length)) throw untrue(url, "it does not say how long the image is");
    const image = {
      ...{ fingerprint, architecture, aliases: [], properties: {}, size: Number(length), createdAt: new Date(0) },
      filename: (url.pathname.split("/").at(-1) ?? "").replace(/[^\w.+~-]/g, "_").slice(0, 255),
    };
    return { asked, url, image };
  }

  return {
    find: async (text, architecture, signal) => (await find(text, architecture, signal)).image,
    async fetch({ server }, { fingerprint, architecture }, directory, received, signal) {
      const { asked, url, image } = await find(server, architecture, signal);
      if (image.fingerprint !== fingerprint) throw untrue(asked, "it names another image now; try again");
      const path = join(directory, "image");
      const { size } = image;
      const file = { url, sentBy: asked, path, size, sha256: fingerprint, signal };
      await download({ ...file, received: (bytes) => received("image", bytes, size) }, surroundings);
      return { rootfs: path };
    },
  };
}

async function look(request: Omit<Parameters<typeof ask>[0], "method">): Promise<WebAnswer["headers"]> {
  const { status, headers, body } = await ask({ ...request, method: "HEAD" });
  body.destroy();
  if (status !== 200) throw unreachable(request.url, `it answers ${status} for ${request.url.pathname}`);
  return headers;
}

/** Incus has its own names. */
function headerOf(headers: WebAnswer["headers"], name: "hash" | "url"): string | undefined {
  const value = headers[`lxd-image-${name}`] ?? headers[`incus-image-${name}`];
  return typeof value === "string" && value !== "" ? value : undefined;
}
