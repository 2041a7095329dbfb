/** The contract for servers that offer images to whoever asks, or to those who know a secret: one driver a protocol. */
import type { ImageProtocol, InstanceType } from "@lodge/api";

export interface ServerAddress {
  /** `https://images.example.com`. */
  readonly server: string;
  /** PEM, of a server for which no authority vouches: no other is spoken to. */
  readonly certificate?: string;
  /** Shows one image that is not public. */
  readonly secret?: string;
  /** Of a daemon: whose images. Missing: those of its project `default`. */
  readonly project?: string;
}

/** An image, as its server describes it: nothing of that is believed before its files are here. */
export interface OfferedImage {
  readonly fingerprint: string;
  readonly type: InstanceType;
  /** The kernel's name: `x86_64`. */
  readonly architecture: string;
  readonly aliases: readonly string[];
  readonly filename: string;
  readonly properties: Readonly<Record<string, string>>;
  /** Bytes of all its files. */
  readonly size: number;
  readonly createdAt: Date;
}

export interface WantedImage {
  readonly alias?: string;
  /** Or the beginning of one. */
  readonly fingerprint?: string;
  readonly type?: InstanceType;
  /** Where an alias has several. */
  readonly architecture?: string;
}

/** What has come of an image, in the file that is being received; all bytes together. */
export type Received = (file: string, bytes: number, size: number) => void;

export interface ImageServer {
  /** What it offers, the newest first. `image_server_unreachable`, `image_server_invalid`; `request_invalid` for the address. */
  list(at: ServerAddress, signal: AbortSignal): Promise<readonly OfferedImage[]>;
  /** As `list`, of one; `image_not_found`. */
  find(at: ServerAddress, wanted: WantedImage, signal: AbortSignal): Promise<OfferedImage>;
  /**
   * Brings the files of an image that it offers into an empty directory, each checked by what the server says of it. The image as a
   * whole is checked by the caller. As `list`, and `pool_full`; what was written then is removed with the directory.
   */
  fetch(
    at: ServerAddress,
    image: OfferedImage,
    directory: string,
    received: Received,
    signal: AbortSignal,
  ): Promise<{ readonly metadata?: string; readonly rootfs: string }>;
}

/** An image behind a URL: nothing more is known of it. */
export type UnseenImage = Omit<OfferedImage, "type">;

/** Images that have a URL each, and no server that lists them: they are one file, whose hash and place the URL's answer says. */
export interface ImageUrls {
  /** What stands behind a URL, for this architecture. As `ImageServer.find`. */
  find(url: string, architecture: string, signal: AbortSignal): Promise<UnseenImage>;
  /** As `ImageServer.fetch`; the server is the URL. */
  fetch(
    at: ServerAddress,
    image: UnseenImage,
    directory: string,
    received: Received,
    signal: AbortSignal,
  ): Promise<{ readonly rootfs: string }>;
}

export type ServerProtocol = Exclude<ImageProtocol, "direct">;
export type ImageServers = Readonly<Record<ServerProtocol, ImageServer>>;
