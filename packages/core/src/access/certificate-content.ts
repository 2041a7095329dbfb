import { createHash, X509Certificate } from "node:crypto";
import { LodgeError } from "@lodge/api";

/** What a certificate says, without its key. */
export interface CertificateContent {
  readonly fingerprint: string;
  readonly pem: string;
  /** Its common name; empty when it has none. */
  readonly name: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** Longest text that is looked at; certificates have one or two thousand characters. */
const longest = 32_768;

/** Reads PEM, or base64 of a DER as LXD's clients send it. `certificate_invalid`. */
export function readCertificate(text: string): CertificateContent {
  const trimmed = text.trim();
  if (trimmed.length > longest) throw invalid("it is too long");
  try {
    const pem = trimmed.startsWith("-----BEGIN CERTIFICATE-----");
    return contentOf(new X509Certificate(pem ? trimmed : Buffer.from(trimmed, "base64")));
  } catch (error) {
    throw invalid("it is neither PEM nor the base64 of a DER", error);
  }
}

export function contentOf(certificate: X509Certificate): CertificateContent {
  const subject = certificate.subject ?? "";
  return {
    fingerprint: fingerprintOf(certificate.raw),
    pem: certificate.toString(),
    name: /^CN=(.*)$/m.exec(subject)?.[1] ?? "",
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
  };
}

/** SHA-256, as LXD calls certificates. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/** Whether it may be used now. */
export function isValidAt(
  { validFrom, validTo }: Pick<CertificateContent, "validFrom" | "validTo">,
  at: Date,
): boolean {
  return validFrom <= at && at <= validTo;
}

/** Refuses what could never be used. */
export function requireValid(content: CertificateContent, now: Date): CertificateContent {
  if (isValidAt(content, now)) return content;
  const when =
    now < content.validFrom
      ? `is valid only from ${content.validFrom.toISOString()} on`
      : `expired on ${content.validTo.toISOString()}`;
  throw invalid(`it ${when}; make a new one, or set the clocks right`);
}

function invalid(problem: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "certificate_invalid", message: `The certificate cannot be used: ${problem}.`, cause });
}
