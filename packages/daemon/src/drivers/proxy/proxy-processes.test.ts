import { expect, it } from "vitest";
import { parseCommand } from "./proxy-processes.ts";

const file = "/var/lib/lodge/run/0000000a/proxies/p80.json";
it.each([
  [["node", "/x/main.js", file, "abc", ""], { instance: "0000000a", device: "p80", hash: "abc" }],
  [["setpriv", "--", "node", "/x/main.js", file, "abc"], { instance: "0000000a", device: "p80", hash: "abc" }],
  [["node", "/x/main.js", file.replace("lodge", "other"), "abc"], undefined],
  [["tail", "-f", file], undefined],
  [["tail", "/var/lib/lodge/run/0000000a/console.log", "x"], undefined],
  [[], undefined],
])("reads %j", (command, found) => expect(parseCommand("/var/lib/lodge", command)).toEqual(found));
