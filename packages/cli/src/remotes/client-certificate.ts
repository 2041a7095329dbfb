import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { certificateCommand } from "@lodge/api/make-certificate";

export interface ClientCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** What this user is known by; undefined until it is made. */
export function readClientCertificate(directory: string): ClientCertificate | undefined {
  const [certificate, key] = [join(directory, "client.crt"), join(directory, "client.key")];
  if (!existsSync(certificate) || !existsSync(key)) return undefined;
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

/** The same, made when it is needed for the first time. */
export async function ensureClientCertificate(directory: string): Promise<ClientCertificate> {
  const known = readClientCertificate(directory);
  if (known) return known;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const making = mkdtempSync(join(directory, "making-"));
  try {
    const [certificateFile, keyFile, configFile] = [join(making, "crt"), join(making, "key"), join(making, "cnf")];
    const name = `${userInfo().username}@${hostname()}`;
    const { args, config } = certificateCommand({ name, use: "client", certificateFile, keyFile, configFile });
    writeFileSync(configFile, config);
    await openssl(args);
    renameSync(keyFile, join(directory, "client.key"));
    renameSync(certificateFile, join(directory, "client.crt"));
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  const made = readClientCertificate(directory);
  if (made) return made;
  throw new LodgeError({
    code: "internal",
    message: `Your client certificate is not in ${directory}, though it was made.`,
  });
}

function openssl(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("openssl", [...args], { timeout: 30_000 }, (cause, _stdout, stderr) => {
      if (!cause) return resolve();
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      const message = missing
        ? "The program openssl, which makes certificates, is not installed; install it (openssl)."
        : `Your client certificate could not be made: ${stderr.trim() || cause.message}.`;
      reject(new LodgeError({ code: missing ? "host_tool_missing" : "internal", message, cause }));
    });
  });
}
