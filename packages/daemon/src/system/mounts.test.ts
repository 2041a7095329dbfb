import { expect, it } from "vitest";
import { idMapText } from "./id-mapping.ts";
import { overlayOptions } from "./mounts.ts";

it("escapes what separates overlay options and layers", () => {
  expect(overlayOptions({ lowers: ["/a,b/l", "/c:d"], upper: "/a:b/u", work: "/a\\b/w" })).toBe(
    "lowerdir=/a\\,b/l:/c\\:d,upperdir=/a\\:b/u,workdir=/a\\\\b/w,redirect_dir=on,index=off,metacopy=off",
  );
});

it("writes id maps as the kernel reads them", () => {
  const entries = [
    { disk: 0, host: 1_065_536, count: 65_536 },
    { disk: 65_536, host: 0, count: 1 },
  ];
  expect(idMapText(entries)).toBe("0 1065536 65536\n65536 0 1\n");
});
