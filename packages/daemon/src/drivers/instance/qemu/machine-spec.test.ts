import { expect, test } from "vitest";
import { isWindows } from "./machine-spec.ts";

test.each([
  [{}, false],
  [{ "image.os": "Debian" }, false],
  [{ "image.os": "Microsoft Windows" }, true],
])("%j is Windows: %s", (config, expected) => expect(isWindows(config)).toBe(expected));
