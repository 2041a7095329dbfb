import { expect, test } from "vitest";
import { wrapperScript } from "./commands.mjs";

test("for the default directory the caller's LODGE_DIR is left alone", () => {
  const script = wrapperScript("/x/main.js", "/var/lib/lodge");
  expect(script).not.toContain("export LODGE_DIR");
  expect(script.trimEnd().split("\n").at(-1)).toMatch(/^exec '.*\/\.node\/bin\/node' '\/x\/main\.js' "\$@"$/);
});

test("for another directory it is the default, quoted for the shell", () => {
  expect(wrapperScript("/x/main.js", "/srv/lo'dge")).toContain(`LODGE_DIR=\${LODGE_DIR:-'/srv/lo'\\''dge'}`);
});
