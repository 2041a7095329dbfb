import { LodgeError } from "@lodge/api/errors";

/** The two parts of `POOL/VOLUME`; the second may have a snapshot behind it. */
export function splitPool(text: string): readonly [string, string] {
  const at = text.indexOf("/");
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new LodgeError({ code: "request_invalid", message: `"${text}" must be POOL/VOLUME, such as default/data.` });
}
