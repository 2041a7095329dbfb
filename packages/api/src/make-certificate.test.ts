import { expect, it } from "vitest";
import { certificateCommand } from "./make-certificate.ts";

const files = { keyFile: "/k", certificateFile: "/c", configFile: "/f" };

it("is for a server with its names", () => {
  const { args, config } = certificateCommand({
    ...{ name: "root@host", use: "server", hosts: ["host", "localhost"], addresses: ["127.0.0.1", "::1"], ...files },
  });
  expect(args.slice(-4)).toEqual(["-keyout", "/k", "-out", "/c"]);
  expect(config).toContain("CN = root@host\n");
  expect(config).toContain("extendedKeyUsage = serverAuth\n");
  expect(config).toContain("subjectAltName = DNS:host, DNS:localhost, IP:127.0.0.1, IP:::1\n");
});

it("holds nothing that a name could add", () => {
  const { config } = certificateCommand({ name: "a\n[x]\ny = $ENV::z", use: "client", ...files });
  expect(config).toContain("CN = a--x--y----ENV::z\n");
  expect(config).toContain("extendedKeyUsage = clientAuth\n");
  expect(config).not.toContain("subjectAltName");
});
