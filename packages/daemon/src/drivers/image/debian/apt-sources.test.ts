import { describe, expect, it } from "vitest";
import { hostAcquireOptions, hostMirrors, sourceLines } from "./apt-sources.ts";
import { parseDefinition } from "./definition.ts";

const ordinary = { main: "http://deb.debian.org/debian", security: "http://deb.debian.org/debian-security" };
const definition = (more = "") => parseDefinition(`name: mine\nsuite: bookworm\n${more}`);

describe("hostMirrors", () => {
  it.each([
    [
      "a Debian host",
      "http://m/debian/ Debian Debian\nhttp://s/sec/ Debian Debian-Security",
      { main: "http://m/debian", security: "http://s/sec" },
    ],
    ["another host", "http://archive.ubuntu.com/ubuntu/ Ubuntu Ubuntu", ordinary],
    [
      "other archives of Debian",
      "http://b/ Debian Debian Backports\nhttp://m/debian/ Debian Debian",
      { ...ordinary, main: "http://m/debian" },
    ],
    ["a copy on a disc", "cdrom://x/ Debian Debian", ordinary],
    ["no sources", "", ordinary],
  ])("of %s", (_, targets, mirrors) => expect(hostMirrors(targets)).toEqual(mirrors));
});

describe("sourceLines", () => {
  it("names the suite, its updates and its security archive", () => {
    expect(sourceLines(definition(), ordinary)).toEqual([
      "deb http://deb.debian.org/debian bookworm main",
      "deb http://deb.debian.org/debian bookworm-updates main",
      "deb http://deb.debian.org/debian-security bookworm-security main",
    ]);
  });
  it("takes security updates from beside a mirror of the definition's own", () => {
    const own = definition("mirror: https://m.example/debian/\nupdates: false\ncomponents: [main, contrib]");
    expect(sourceLines(own, ordinary)).toEqual([
      "deb https://m.example/debian bookworm main contrib",
      "deb https://m.example/debian-security bookworm-security main contrib",
    ]);
  });
  it("leaves out what a suite does not have", () => {
    expect(sourceLines(definition("updates: false\nsecurity: false"), ordinary)).toHaveLength(1);
  });
});

describe("hostAcquireOptions", () => {
  it("keeps what decides how a mirror is reached", () => {
    const dump = [
      'Acquire "";',
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy:3128";',
      'Acquire::http::Proxy::intern "DIRECT";',
      'Acquire::Check-Date "false";',
      'Acquire::cdrom::mount "/media/cdrom/";',
      'Acquire::GzipIndexes "true";',
    ];
    expect(hostAcquireOptions(dump.join("\n"))).toEqual([dump[2], dump[3], dump[4]]);
  });
});
