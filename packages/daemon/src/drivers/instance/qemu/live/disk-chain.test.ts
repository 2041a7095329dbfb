import { expect, test } from "vitest";
import { between, chainPaths, filePath } from "./disk-chain.ts";

test.each([
  ["/pool/layers/a/disk.qcow2", "/pool/layers/a/disk.qcow2"],
  ["/pool/layers/a/../../images/f/disk.qcow2", "/pool/images/f/disk.qcow2"],
  [
    'json:{"backing": {"driver": "qcow2", "file": {"driver": "file", "filename": "/pool/a"}}, "driver": "qcow2", "file": {"driver": "file", "filename": "/pool/b"}}',
    "/pool/b",
  ],
  ["json:{broken", undefined],
  ['json:{"driver": "null-co"}', undefined],
])("the file of %s", (filename, path) => {
  expect(filePath(filename)).toBe(path);
});

test("a chain from the top, and what is between two of its files", () => {
  const image = { filename: "/p/c", "backing-image": { filename: "/p/x/../b", "backing-image": { filename: "/p/a" } } };
  const chain = chainPaths(image);
  expect(chain).toEqual(["/p/c", "/p/b", "/p/a"]);
  expect(between(chain, "/p/c", "/p/a")).toEqual(["/p/b"]);
  expect(between(chain, "/p/c", undefined)).toEqual(["/p/b", "/p/a"]);
  expect(between(chain, "/p/b", "/p/a")).toEqual([]);
  expect(between(chain, "/p/gone", "/p/a")).toEqual([]);
});
