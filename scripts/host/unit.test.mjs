import { expect, test } from "vitest";
import { shutdownUnitName, shutdownUnitText, unitName, unitText } from "./unit.mjs";

test("the default directory has the plain name, others a tag of their own", () => {
  expect(unitName("/var/lib/lodge")).toBe("lodged.service");
  expect(unitName("/srv/lodge")).toMatch(/^lodged-[0-9a-f]{6}\.service$/);
});

test("instances outlive the daemon, and the daemon is always restarted", () => {
  const text = unitText({ node: "/x/node", main: "/x/main.js", directory: "/var/lib/lodge", environment: {} });
  const lines = ["Delegate=yes", "KillMode=process", "Restart=always", "StartLimitIntervalSec=0"];
  for (const line of lines) expect(text.split("\n")).toContain(line);
});

test("what systemd would expand or end a string at is escaped", () => {
  const environment = { http_proxy: 'http://u:p%40"x@proxy' };
  const text = unitText({ node: "/a b/node", main: "/a b/main.js", directory: "/srv/100%", environment });
  expect(text).toContain('ExecStart="/a b/node" "/a b/main.js"');
  expect(text).toContain('Environment="LODGE_DIR=/srv/100%%"');
  expect(text).toContain('Environment="http_proxy=http://u:p%%40\\"x@proxy"');
});

test("instances are shut down before the daemon is, by a unit that its restart does not touch", () => {
  expect(shutdownUnitName("/var/lib/lodge")).toBe("lodged-shutdown.service");
  const text = shutdownUnitText({ node: "/x/node", cli: "/x/cli.js", directory: "/var/lib/lodge" });
  expect(text).toContain("\nAfter=lodged.service\n");
  expect(text).toContain('\nExecStop=-"/x/node" "/x/cli.js" host shutdown\n');
  expect(text).not.toMatch(/PartOf|BindsTo|Requires/);
});
