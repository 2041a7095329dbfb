import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Remotes } from "./remotes.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodge-remotes-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const remotes = () => Remotes.read({ LODGE_CONF: join(directory, "lodge") });
const lab = { address: "https://192.0.2.1:8443" };

it("are where the environment says", () => {
  expect(Remotes.read({ LODGE_CONF: "/a" }).directory).toBe("/a");
  expect(Remotes.read({ XDG_CONFIG_HOME: "/b" }).directory).toBe("/b/lodge");
  expect(Remotes.read({ HOME: "/c" }).directory).toBe("/c/.config/lodge");
});

it("are kept, renamed and removed with the certificates that were accepted", () => {
  const images = ["images", { address: "https://images.linuxcontainers.org", protocol: "simplestreams" }];
  expect([remotes().all, remotes().default]).toEqual([[images], "local"]);
  expect(() => remotes().setDefault("images")).toThrow("no instances");
  remotes().remove("images");
  remotes().add("lab", lab, "PEM");
  expect(statSync(join(directory, "lodge")).mode & 0o777).toBe(0o700);
  remotes().setDefault("lab");
  remotes().rename("lab", "lab2");
  remotes().setAddress("lab2", "https://192.0.2.2:8443");
  expect(remotes().all).toEqual([["lab2", { address: "https://192.0.2.2:8443" }]]);
  expect([remotes().default, remotes().serverCertificate("lab2"), remotes().serverCertificate("lab")]).toEqual([
    ...["lab2", "PEM", undefined],
  ]);
  expect(() => remotes().remove("lab2")).toThrow("is the default");
  remotes().setDefault("local");
  remotes().remove("lab2");
  expect([remotes().all, remotes().serverCertificate("lab2")]).toEqual([[], undefined]);
});

it("refuse names that are taken, not there, or no names", () => {
  remotes().add("lab", lab, undefined);
  const failures: [() => unknown, string][] = [
    [() => remotes().add("lab", lab, undefined), "remote_exists"],
    [() => remotes().add("local", lab, undefined), "remote_exists"],
    [() => remotes().add("../x", lab, undefined), "request_invalid"],
    [() => remotes().setDefault("none"), "remote_not_found"],
    [() => remotes().remove("local"), "request_invalid"],
    [() => remotes().get("constructor"), "remote_not_found"],
  ];
  for (const [attempt, code] of failures) expect(attempt).toThrow(expect.objectContaining({ code }));
});

it("say where they are damaged", () => {
  remotes().add("lab", lab, undefined);
  writeFileSync(join(directory, "lodge", "remotes.json"), "{");
  expect(remotes).toThrow("remotes.json is no JSON");
});
