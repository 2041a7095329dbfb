/** Where packages come from: pure functions over what the definition and the host's own apt say. */
import type { ImageDefinition } from "./definition.ts";

const ordinary = "http://deb.debian.org/debian";
const ordinarySecurity = "http://deb.debian.org/debian-security";

export interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/**
 * The mirrors of the host's own apt configuration, from `apt-get indextargets` with the format `hostTargetFormat`; the
 * ordinary ones on a host that is no Debian.
 */
export function hostMirrors(indexTargets: string): Mirrors {
  const targets = indexTargets.split("\n").map((line) => line.split(" "));
  const find = (label: string) =>
    targets.find(
      ([uri, origin, ...words]) => uri?.startsWith("http") && origin === "Debian" && words.join(" ") === label,
    );
  return {
    main: withoutSlash(find("Debian")?.[0] ?? ordinary),
    security: withoutSlash(find("Debian-Security")?.[0] ?? ordinarySecurity),
  };
}

export const hostTargetFormat = "$(REPO_URI) $(ORIGIN) $(LABEL)";

/** One-line sources of a definition. A mirror of its own also serves security updates, at the usual place beside it. */
export function sourceLines(definition: ImageDefinition, host: Mirrors): string[] {
  const { suite, components } = definition;
  const own = definition.mirror && withoutSlash(definition.mirror);
  const main = own ?? host.main;
  const security = own ? securityBeside(own) : host.security;
  const line = (mirror: string, name: string) => `deb ${mirror} ${name} ${components.join(" ")}`;
  return [
    line(main, suite),
    ...(definition.updates ? [line(main, `${suite}-updates`)] : []),
    ...(definition.security ? [line(security, `${suite}-security`)] : []),
  ];
}

/**
 * Options of the host's apt that decide how to reach a mirror (proxies, validity of dates), as lines for apt.conf, from the
 * output of `apt-config dump Acquire`.
 */
export function hostAcquireOptions(dump: string): string[] {
  const wanted = /^Acquire::(?:https?(?:::[^ ]+)?|Check-Date|Check-Valid-Until|ForceIPv4|ForceIPv6) "[^"\n]+";$/;
  return dump.split("\n").filter((line) => wanted.test(line));
}

function securityBeside(mirror: string): string {
  return mirror.endsWith("/debian") ? `${mirror}-security` : ordinarySecurity;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
