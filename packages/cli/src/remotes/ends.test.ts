import { expect, it } from "vitest";
import { endOf } from "./ends.ts";

const remotes = { default: "local", has: (name: string) => ["local", "lab"].includes(name) };

it.each([
  ["web", undefined, { remote: "local", word: "web" }],
  ["web", "lab", { remote: "lab", word: "web" }],
  ["local:web", "lab", { remote: "local", word: "web" }],
  ["lab:", undefined, { remote: "lab", word: "" }],
  ["lab:default/data", undefined, { remote: "lab", word: "default/data" }],
])("%s, usually on %s", (text, usual, end) => {
  expect(endOf(remotes, usual, text)).toEqual(end);
});

it("is on no remote that there is not", () => {
  expect(() => endOf(remotes, undefined, "lib:web")).toThrow(expect.objectContaining({ code: "remote_not_found" }));
});
