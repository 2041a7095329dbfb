/** Servers that send an image which is expected here, and then wait for what becomes of it: strangers who know a secret. */
import type { IncomingMessage } from "node:http";
import type { ExpectedImage, Services } from "@lodge/core";
import { headerOf } from "../file-headers.ts";

type Pushes = Pick<Services, "imagePushes">;

/** The image that a request sends, and that was expected until now. */
export function takeExpected(request: IncomingMessage, { imagePushes }: Pushes): ExpectedImage | undefined {
  const { fingerprint, secret } = shownBy(request);
  return imagePushes.take(fingerprint, secret);
}

/** Whether a request waits for what becomes of an image that its sender has sent. */
export function isFollower({ url = "" }: IncomingMessage, { imagePushes }: Pushes): boolean {
  const asked = URL.canParse(url, "http://lodge") ? new URL(url, "http://lodge") : undefined;
  const id = /^\/1\.0\/operations\/([^/]+)\/wait$/.exec(asked?.pathname ?? "")?.[1];
  const secret = asked?.searchParams.get("secret");
  return !!id && !!secret && imagePushes.isFollower(id, secret);
}

/** Whether a request does either. */
export function isImageSender(request: IncomingMessage, services: Pushes): boolean {
  if (request.method !== "POST") return isFollower(request, services);
  const { fingerprint, secret } = shownBy(request);
  return /^\/1\.0\/images\/?(\?|$)/.test(request.url ?? "") && services.imagePushes.expects(fingerprint, secret);
}

function shownBy({ headers }: IncomingMessage): { fingerprint: string; secret: string } {
  return {
    fingerprint: headerOf(headers, "fingerprint")?.toLowerCase() ?? "",
    secret: headerOf(headers, "secret") ?? "",
  };
}
