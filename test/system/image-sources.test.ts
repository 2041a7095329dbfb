/** Images of other hosts: from `lodge image serve` and from a daemon, by Lodge's CLI and LXD's client. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { Authority, type ImageServer, serveImages } from "../harness/image-server.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startEmptyLodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-sources-"));
const file = (name: string) => join(scratch, name);
/** What clients trust and keep; here nobody waits for an answer. */
const env = { SSL_CERT_FILE: file("ca.crt"), LODGE_CONF: file("lodge"), LXD_CONF: file("lxc"), NO_COLOR: "1" };
const mirror = "https://127.0.0.1:8444";

/** Has the images. */
let source: Lodge;
/** Has none, and gets them. */
let lodge: Lodge;
let serving: ImageServer | undefined;
let authority: Authority;

beforeAll(async () => {
  authority = await Authority.make(scratch);
  source = await startLodge({ images: ["tiny"] });
  lodge = await startEmptyLodge({ beside: source, env: authority.env });
  serving = await serveImages(source, authority, "tiny");
  expect(serving.greeting).toBe(`Serving 2 images at ${mirror}`);
});
afterAll(async () => {
  await serving?.stop();
  await lodge.stop();
  await source.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** With the daemon that gets images, from its network: remotes are looked at by whoever adds them. */
const run = (...words: string[]) => {
  const [program = "", ...args] = [...lodge.insideHostNetwork, ...words];
  return runCommand(program, args, { env: { ...env, LODGE_DIR: lodge.directory, LXD_DIR: lodge.directory } });
};
const must = async (...words: string[]) => {
  const { status, stdout, stderr } = await run(...words);
  expect(status, `${words.join(" ")}\n${stderr}${stdout}`).toBe(0);
  return stdout.trim();
};
const cli = (...words: string[]) => must(process.execPath, cliMain, ...words);

test("a server's images are listed, and launched as if they were here", async () => {
  expect(await cli("remote", "add", "mirror", mirror, "--protocol", "simplestreams")).toBe(
    `Added mirror: ${mirror} (2 images)`,
  );
  expect(await cli("image", "list", "mirror:", "-f", "csv")).toMatch(/^tiny,[0-9a-f]{12},CONTAINER.*\ntiny,.*VIRTUAL/);
  await Promise.all(["c1", "c2"].map((name) => cli("launch", "mirror:tiny", name)));
  expect(await cli("exec", "c2", "--", "hostname")).toBe("c2");
  expect(await lodge.client.images.list()).toMatchObject([
    { cached: true, auto_update: true, aliases: [], update_source: { server: mirror, alias: "tiny" } },
  ]);
  const none = await run(process.execPath, cliMain, "launch", "mirror:none", "c3");
  expect(none).toMatchObject({ status: exitStatus.not_found });
  expect(await cli("list", "-f", "csv")).not.toContain("c3");
});

test("LXD's client copies and launches them", async () => {
  await must("lxc", "remote", "add", "mirror", mirror, "--protocol", "simplestreams");
  await must("lxc", "launch", "mirror:tiny", "l1");
  expect(await must("lxc", "exec", "l1", "--", "hostname")).toBe("l1");
  await must("lxc", "image", "copy", "mirror:tiny", "local:", "--vm", "--alias", "machine");
  const [here] = (await lodge.client.images.list()).filter(({ type }) => type === "virtual-machine");
  const [there] = (await source.client.images.list()).filter(({ type }) => type === "virtual-machine");
  expect(here).toMatchObject({ fingerprint: there?.fingerprint, cached: false, aliases: [{ name: "machine" }] });
  await must("lxc", "image", "refresh", "machine");
  await cli("image", "delete", "machine");
});

test("a server that does not answer is no hindrance to what is here, and leaves nothing else", async () => {
  await serving?.stop();
  await cli("launch", "mirror:tiny", "c4");
  const gone = await run(process.execPath, cliMain, "launch", "mirror:tiny", "v1", "--vm");
  expect(gone).toMatchObject({ status: exitStatus.unavailable });
  expect(gone.stderr).toContain(`The image server ${mirror} cannot be used: nobody listens there`);
  expect(await cli("list", "-f", "csv")).not.toContain("v1");
  expect(readdirSync(join(lodge.directory, "images"))).toHaveLength(1);
});

test("a daemon's private images are copied by those that it trusts", async () => {
  await source.must("config", "set", "core.https_address=127.0.0.1:8443");
  await cli("remote", "add", "lab", await source.must("config", "trust", "add", "here"));
  expect(await cli("image", "copy", "lab:tiny", "--vm", "--copy-aliases")).toMatch(/^Copied lab:tiny to local/);
  await cli("image", "delete", "tiny", "--vm");
  await must("lxc", "remote", "add", "lab", await source.must("config", "trust", "add", "lxc"));
  await must("lxc", "image", "copy", "lab:tiny", "local:", "--alias", "again");
  expect((await lodge.client.images.aliases()).map(({ name }) => name)).toEqual(["again"]);
});

test("a daemon that nobody reaches sends its images to another, which expects them", async () => {
  const own = ["-c", "features.images=true", "-c", "features.profiles=false"];
  for (const project of ["blue", "green"]) await source.must("project", "create", project, ...own);
  const push = ["--mode", "push", "--target-project"];
  await must("lxc", "image", "copy", "local:again", "lab:", ...push, "blue", "--copy-aliases");
  expect(await cli("image", "copy", "again", "lab:", ...push, "green", "--alias", "sent", "--public")).toMatch(
    /^Copied again to lab: [0-9a-f]{12}$/,
  );
  const there = (project: string) =>
    must("lxc", "image", "list", "lab:", "--project", project, "-f", "csv", "-c", "lp");
  expect([await there("blue"), await there("green")]).toEqual(["again,no", "sent,yes"]);
  const twice = await run("lxc", "image", "copy", "local:again", "lab:", ...push, "blue");
  expect(twice.stderr).toMatch(/could not be sent to https:\/\/127.0.0.1:8443: Image [0-9a-f]{12} is already there\./);
});

test("files are made of an image's templates, which its instances bring along and may change", async () => {
  const input = (text: string, ...words: string[]) => source.runWith({ input: text }, ...words);
  await source.must("init", "tiny", "t1");
  const net =
    '{% if config_get("user.net", properties.default) == "none" %}dhcp{% else %}static{% endif %} {{ trigger }}';
  await input("{{ container.name }}\n", "config", "template", "create", "t1", "name.tpl");
  await input(net, "config", "template", "create", "t1", "net.tpl");
  const refused = await input("{% for x in y %}", "config", "template", "create", "t1", "bad.tpl");
  expect(refused).toMatchObject({ status: exitStatus.invalid });
  expect(refused.stderr).toContain('there is no tag "for" here');
  const templates = {
    "/etc/name": { when: ["create", "copy"], template: "name.tpl" },
    "/etc/../../outside/net": { when: ["start"], template: "net.tpl", properties: { default: "none" } },
  };
  const yaml = JSON.stringify({ properties: { os: "Mine" }, templates });
  expect(await input(yaml, "config", "metadata", "edit", "t1")).toMatchObject({ status: 0 });
  await source.must("publish", "t1", "--alias", "own");
  await source.must("launch", "own", "t2");
  await source.must("copy", "t2", "t3");
  await source.must("config", "set", "t3", "user.net=10.0.0.1");
  await source.must("start", "t3");
  const made = (name: string) => source.must("exec", name, "--", "cat", "/etc/name", "/outside/net");
  expect([await made("t2"), await made("t3")]).toEqual(["t2\ndhcp start", "t3\nstatic start"]);
  expect(await source.must("config", "show", "t3")).not.toContain("apply_template");
  const lxc = (...words: string[]) =>
    runCommand("lxc", words, { env: { LXD_CONF: file("socket"), LXD_DIR: source.directory } });
  expect((await lxc("config", "metadata", "show", "t2")).stdout).toContain("template: net.tpl");
  expect((await lxc("config", "template", "show", "t2", "name.tpl")).stdout).toBe("{{ container.name }}\n");
  await lxc("config", "template", "delete", "t2", "net.tpl");
  expect(await source.must("config", "template", "list", "t2", "-f", "csv")).toBe("name.tpl");
  await source.must("export", "t2", file("t2.backup"));
  await source.must("import", file("t2.backup"), "t4");
  expect(await source.must("config", "template", "show", "t4", "name.tpl")).toBe("{{ container.name }}");
  await source.must("delete", "--force", "t1", "t2", "t3", "t4");
});

test("an image that is kept up to date gives way to a newer one, and an instance is rebuilt from there", async () => {
  serving = await serveImages(source, authority, "own");
  await cli("image", "copy", "mirror:own", "--alias", "kept", "--auto-update");
  const kept = async () => (await lodge.client.images.list()).find(({ aliases }) => aliases[0]?.name === "kept");
  const before = await kept();
  expect(before).toMatchObject({ auto_update: true, update_source: { server: mirror, alias: "own" } });
  await cli("image", "refresh", "kept");
  expect(await kept()).toEqual(before);
  await source.must("init", "own", "newer");
  await source.must("image", "alias", "remove", "own");
  await source.must("publish", "newer", "--alias", "own");
  const newer = (await source.client.images.aliases()).find(({ name }) => name === "own");
  await cli("image", "refresh", "kept");
  const after = await kept();
  expect(after?.fingerprint).not.toBe(before?.fingerprint);
  expect(after).toMatchObject({ auto_update: true, cached: false, fingerprint: newer?.target });
  await cli("rebuild", "c1", "mirror:own", "--force");
  expect(await cli("config", "get", "c1", "volatile.base_image")).toBe(newer?.target);
  expect(await cli("exec", "c1", "--", "cat", "/etc/name")).toBe("c1");
});
