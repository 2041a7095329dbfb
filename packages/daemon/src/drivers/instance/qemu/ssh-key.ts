import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { replaceFile } from "../../../system/durable.ts";

export interface SshKey {
  /** OpenSSH format. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
}

/** The key by which the host logs in to an instance's guest; made at the first start. */
export async function ensureSshKey(path: string): Promise<SshKey> {
  const known = await readFile(path, "utf8").catch(() => undefined);
  const key = known === undefined ? undefined : parseKey(known);
  return key ?? (await makeKey(path));
}

/** Of two hundred keys ssh2 writes one that it cannot read again: that is not taken. */
export function newSshKey(): SshKey {
  for (let tries = 0; tries < 20; tries++) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (parseKey(pair.private)) return { privateKey: pair.private, publicKey: pair.public.trim() };
  }
  throw new Error("ssh2 makes no key that can be read");
}

async function makeKey(path: string): Promise<SshKey> {
  const key = newSshKey();
  await replaceFile(path, key.privateKey);
  return key;
}

function parseKey(text: string): SshKey | undefined {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) return undefined;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return key && { privateKey: text, publicKey: `${key.type} ${key.getPublicSSH().toString("base64")}` };
}
