/** How openssl makes a key and a certificate that signs itself, for servers and for clients. Free of zod. */

export interface CertificateWish {
  /** The subject's common name: `root@host`. */
  readonly name: string;
  readonly use: "server" | "client";
  /** A server's names; the first one is what Go's clients of LXD ask for once they know the certificate. */
  readonly hosts?: readonly string[];
  /** A server's IP addresses. */
  readonly addresses?: readonly string[];
  /** Where they are written: PEM. The key is readable to its owner alone. */
  readonly keyFile: string;
  readonly certificateFile: string;
  /** Where the caller writes `config` before. */
  readonly configFile: string;
}

/** As LXD's: ten years, because a certificate is trusted by what it is and not by who signed it. */
const days = 3650;

/** The arguments of openssl, and the configuration that it is to read: that of the host does not count. */
export function certificateCommand(wish: CertificateWish): { args: readonly string[]; config: string } {
  const args = [
    ...["req", "-x509", "-config", wish.configFile, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ...["-sha384", "-nodes", "-days", String(days), "-keyout", wish.keyFile, "-out", wish.certificateFile],
  ];
  const names = [
    ...(wish.hosts ?? []).map((host) => `DNS:${plain(host)}`),
    ...(wish.addresses ?? []).map((address) => `IP:${plain(address)}`),
  ];
  const lines = [
    "[req]",
    "distinguished_name = subject",
    "x509_extensions = extensions",
    "prompt = no",
    "string_mask = utf8only",
    "[subject]",
    "O = Lodge",
    `CN = ${plain(wish.name).slice(0, 64)}`,
    "[extensions]",
    "basicConstraints = critical, CA:FALSE",
    "keyUsage = critical, digitalSignature",
    `extendedKeyUsage = ${wish.use}Auth`,
    ...(names.length > 0 ? [`subjectAltName = ${names.join(", ")}`] : []),
  ];
  return { args, config: `${lines.join("\n")}\n` };
}

/** Nothing that openssl's configuration reads as more than a word. */
function plain(word: string): string {
  return word.replaceAll(/[^A-Za-z0-9@._:-]/g, "-");
}
