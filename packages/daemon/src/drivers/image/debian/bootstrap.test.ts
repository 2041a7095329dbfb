import { describe, expect, it } from "vitest";
import { architectureFor } from "./architecture.ts";
import { mmdebstrapArguments, progressOf } from "./bootstrap.ts";
import { buildFailure } from "./build-failure.ts";
import { parseDefinition } from "./definition.ts";

const definition = (more = "") => parseDefinition(`name: mine\nsuite: bookworm\n${more}`);

describe("mmdebstrapArguments", () => {
  it("installs or only unpacks", () => {
    const plan = { definition: definition(), packages: ["dbus", "udev"], root: "/r" };
    const args = mmdebstrapArguments(plan, ['Acquire::Check-Date "false";']);
    expect(args).toContain("--variant=minbase");
    expect(args).toContain("--include=dbus,udev");
    expect(args).toContain('--aptopt=Acquire::Check-Date "false";');
    expect(args.slice(-3)).toEqual(["bookworm", "/r", "-"]);
    const unpack = { ...plan, definition: definition("bootstrap: unpack"), packages: [] };
    expect(mmdebstrapArguments(unpack, [])).toContain("--variant=extract");
    expect(mmdebstrapArguments(unpack, []).join(" ")).not.toContain("--include");
  });
});

describe("progressOf", () => {
  it.each([
    ["I: downloading packages with apt...", "Downloading packages"],
    ["I: running apt-get update...", "Reading the package lists"],
    ["W: downloading packages", undefined],
    ["I: success in 3 seconds", undefined],
  ])("%s", (line, step) => expect(progressOf(line)).toBe(step));
});

describe("buildFailure", () => {
  it.each([
    ["Err:1 http://m x InRelease\n  Could not resolve 'm'", "mirror_unreachable"],
    ["E: The repository 'http://m none Release' does not have a Release file.", "mirror_unreachable"],
    ["W: Failed to fetch http://m/x Connection timed out", "mirror_unreachable"],
    ["tar: write error: No space left on device", "pool_full"],
    ["E: Unable to locate package nonesuch", "image_build_failed"],
  ])("%s", (text, code) => {
    const error = buildFailure("Bootstrapping", text.split("\n"));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });
});

describe("architectureFor", () => {
  it.each([
    ["x64", "", "x86_64"],
    ["arm64", "", "host_unsupported"],
    ["x64", "architecture: arm64", "host_unsupported"],
    ["riscv64", "", "host_unsupported"],
  ])("on %s with %j: %s", (host, more, expected) => {
    const found = () => architectureFor(definition(more), ["container", "virtual-machine"], host).kernel;
    if (expected === "host_unsupported") expect(found).toThrow(expect.objectContaining({ code: expected }));
    else expect(found()).toBe(expected);
  });
});
