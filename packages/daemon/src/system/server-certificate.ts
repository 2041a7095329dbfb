import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { certificateCommand, LodgeError } from "@lodge/api";
import { contentOf } from "@lodge/core";
import { syncPath } from "./durable.ts";
import type { LodgePaths } from "./paths.ts";
import { run } from "./run.ts";

/** What the server proves itself by. */
export interface ServerCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly fingerprint: string;
}

type Files = Pick<LodgePaths, "serverCertificate" | "serverKey" | "staging">;

export interface CertificateSource {
  /** Made when it is asked for the first time. */
  current(): Promise<ServerCertificate>;
  /** Makes another: who knows the old one does not know it. */
  renew(): Promise<ServerCertificate>;
}

/** The server's certificate, in `server.crt` and `server.key` as LXD calls them. */
export function serverCertificateIn(files: Files): CertificateSource {
  let known: Promise<ServerCertificate> | undefined;
  const keep = (next: Promise<ServerCertificate>) => {
    known = next;
    // What failed is tried again.
    next.catch(() => {
      if (known === next) known = undefined;
    });
    return next;
  };
  return {
    current: () => known ?? keep(readServerCertificate(files).then((found) => found ?? makeServerCertificate(files))),
    renew: async () => keep(Promise.resolve(await makeServerCertificate(files))),
  };
}

async function makeServerCertificate({ serverCertificate, serverKey, staging }: Files): Promise<ServerCertificate> {
  const making = await mkdtemp(join(staging, "certificate-"));
  try {
    const [certificateFile, keyFile, configFile] = [join(making, "crt"), join(making, "key"), join(making, "cnf")];
    const { args, config } = certificateCommand({
      ...{ name: `root@${hostname()}`, use: "server", certificateFile, keyFile, configFile },
      ...{ hosts: [...new Set([hostname(), "localhost"])], addresses: ["127.0.0.1", "::1"] },
    });
    await writeFile(configFile, config);
    await run("openssl", args);
    for (const file of [certificateFile, keyFile]) await syncPath(file);
    await rename(certificateFile, `${serverCertificate}.new`);
    await rename(keyFile, serverKey);
    await rename(`${serverCertificate}.new`, serverCertificate);
    await syncPath(dirname(serverCertificate));
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  const made = await readServerCertificate({ serverCertificate, serverKey });
  if (made) return made;
  throw unusable(serverCertificate, "it vanished");
}

/** Undefined: there is none. A pair whose making was cut short between its files is finished first. */
async function readServerCertificate({
  serverCertificate,
  serverKey,
}: Pick<Files, "serverCertificate" | "serverKey">): Promise<ServerCertificate | undefined> {
  const key = await readIfThere(serverKey);
  const next = await readIfThere(`${serverCertificate}.new`);
  if (next !== undefined && key !== undefined && belong(next, key))
    await rename(`${serverCertificate}.new`, serverCertificate);
  const certificate = await readIfThere(serverCertificate);
  if (certificate === undefined || key === undefined) return undefined;
  if (!belong(certificate, key))
    throw unusable(serverCertificate, `${serverKey} is not its key, or one of them is damaged`);
  return { certificate, key, fingerprint: contentOf(new X509Certificate(certificate)).fingerprint };
}

function belong(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function unusable(path: string, problem: string): LodgeError {
  return new LodgeError({
    code: "certificate_invalid",
    message: `The server's certificate ${path} cannot be used: ${problem}. Put the right pair there, or move both away for a new one to be made.`,
  });
}
