import { describe, expect, it } from "vitest";
import { type Place, takeRemote } from "./remote-words.ts";

const known = {
  default: "local",
  has: (name: string) => ["local", "lab", "lab2", "images"].includes(name),
  offersImagesOnly: (name: string) => name === "images",
};
const place = (text: string): Place => ({
  name: text.replaceAll(/[<>[\].]/g, ""),
  variadic: text.includes("..."),
  required: text.startsWith("<"),
});
const take = (command: string, places: readonly string[], ...values: unknown[]) =>
  takeRemote(command, places.map(place), values, known);

describe("a remote before a name", () => {
  it.each<[string, string[], unknown[], string | undefined, unknown[]]>([
    ["start", ["<instance...>"], [["lab:a", "lab:b"]], "lab", [["a", "b"]]],
    ["exec", ["<instance>", "<command...>"], ["lab:a", ["echo", "lab:x"]], "lab", ["a", ["echo", "lab:x"]]],
    ["list", ["[filter]"], ["lab:"], "lab", [undefined]],
    ["list", ["[images]"], ["images:"], undefined, ["images:"]],
    ["launch", ["[image]", "[name]"], ["images:debian/12", "web"], undefined, ["images:debian/12", "web"]],
    ["copy", ["<remote-image>", "[to]"], ["images:debian/12", "lab:"], undefined, ["images:debian/12", "lab:"]],
    ["list", ["[filter]"], ["lab:web"], "lab", ["web"]],
    ["list", ["[filter]"], [undefined], undefined, [undefined]],
    ["get", ["<instance>", "[key]"], ["lab:", "core.https_address"], "lab", ["core.https_address", undefined]],
    ["get", ["<instance>", "[key]"], ["lab:a", "user.x"], "lab", ["a", "user.x"]],
    ["set", ["<instance>", "[settings...]"], ["lab:", ["a=b", "c=d"]], "lab", ["a=b", ["c=d"]]],
    ["set", ["<instance>", "[settings...]"], ["a", ["user.x=lab:y"]], undefined, ["a", ["user.x=lab:y"]]],
    ["launch", ["<image>", "[name]"], ["tiny", "lab:a"], "lab", ["tiny", "a"]],
    ["launch", ["<image>", "[name]"], ["lab:tiny", undefined], "lab", ["tiny", undefined]],
    ["launch", ["<image>", "[name]"], ["other:tiny", "a"], undefined, ["other:tiny", "a"]],
    ["pull", ["<path...>"], [["lab:a/etc/hosts", "."]], "lab", [["a/etc/hosts", "."]]],
    ["screenshot", ["<instance>", "<file>"], ["lab:a", "lab:b.png"], "lab", ["a", "lab:b.png"]],
    ["copy", ["<source>", "<name>"], ["lab:a", "lab:b"], "lab", ["a", "b"]],
    ["move", ["<instance>", "[name]"], ["lab:a", undefined], "lab", ["a", undefined]],
    ["rename", ["<instance>", "<name>"], ["lab:a", "b"], "lab", ["a", "b"]],
    ["start", ["<instance>"], ["local:a"], "local", ["a"]],
  ])("%s %j %j", (command, places, values, remote, left) => {
    expect(take(command, places, ...values)).toEqual({ remote, values: left });
  });

  it.each<[string, string[], unknown[], string]>([
    ["start", ["<instance>"], ["none:a"], "remote_not_found"],
    ["start", ["<instance...>"], [["lab:a", "lab2:b"]], "not_supported"],
    ["copy", ["<source>", "<name>"], ["lab:a", "b"], "not_supported"],
    ["start", ["<instance>"], ["lab:"], "request_invalid"],
  ])("%s %j %j is refused", (command, places, values, code) => {
    expect(() => take(command, places, ...values)).toThrow(expect.objectContaining({ code }));
  });
});
