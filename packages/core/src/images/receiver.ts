/** The contract for servers that take an image which they expect: one driver a protocol. */
import type { InstanceType } from "@lodge/api";
import type { Received } from "./server.ts";

export interface ImageTarget {
  /** `https://192.0.2.2:8443`. */
  readonly server: string;
  /** PEM, of a server for which no authority vouches: no other is spoken to. */
  readonly certificate?: string;
  /** By which it knows what it expects. */
  readonly secret: string;
  readonly project?: string;
  readonly profiles?: readonly string[];
}

export interface SentImage {
  readonly fingerprint: string;
  readonly type: InstanceType;
  readonly filename: string;
  /** Paths; `metadata` is missing for unified images. */
  readonly metadata?: string;
  readonly rootfs: string;
}

export interface ImageReceiver {
  /** Fails where `send` would fail at once: `request_invalid` for the address. */
  check(to: ImageTarget): Promise<void>;
  /** Sends an image's files, and waits until the other server has kept them. `image_push_failed`. */
  send(to: ImageTarget, image: SentImage, sent: Received, signal: AbortSignal): Promise<void>;
}
