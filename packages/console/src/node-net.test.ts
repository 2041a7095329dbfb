import { expect, test } from "vitest";
import { isIP } from "./node-net.ts";

test.each<[0 | 4 | 6, readonly string[]]>([
  [4, ["0.0.0.0", "10.0.0.1", "255.255.255.255"]],
  [6, ["::", "::1", "fd00::1", "2001:db8::10:1", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8"]],
  [0, ["", "256.0.0.1", "10.0.0", "10.0.0.1.", "01.2.3.4", "a.b.c.d", "10.0.0.1 ", "1:2:3:4:5:6:7:8:9", ":::", "g::1"]],
])("IPv%d: %j", (kind, texts) => expect(texts.map(isIP)).toEqual(texts.map(() => kind)));
