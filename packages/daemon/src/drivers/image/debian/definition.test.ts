import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDefinition } from "./definition.ts";

const images = join(import.meta.dirname, "../../../../../../images");
const least = "name: mine\nsuite: bookworm\n";

const problem = (text: string): { code?: string; message: string } => {
  try {
    parseDefinition(text);
  } catch (error) {
    return error as { code?: string; message: string };
  }
  throw new Error("was accepted");
};

describe("parseDefinition", () => {
  it("accepts every definition that comes with Lodge", async () => {
    const names = (await readdir(images)).filter((name) => name.endsWith(".yaml"));
    const parsed = await Promise.all(
      names.map(async (name) => parseDefinition(await readFile(join(images, name), "utf8"))),
    );
    expect(parsed.map(({ name }) => name).sort()).toEqual(["debian/11", "debian/12", "debian/13", "tiny"]);
  });

  it("fills in what a short definition leaves out", () => {
    const { bootstrap, components, common, "virtual-machine": machine } = parseDefinition(least);
    expect({ bootstrap, components, disk: machine.disk, packages: common.packages }).toEqual({
      bootstrap: "install",
      components: ["main"],
      disk: { size: 10 * 2 ** 30, boot: 512 * 2 ** 20, timeout: 1, cmdline: "quiet" },
      packages: [],
    });
  });

  it.each([
    ["colour: red", "unknown key `colour`"],
    ["common:\n  packagse: [x]", "unknown key `common.packagse`"],
    ["virtual-machine:\n  disk:\n    sise: 1GiB", "unknown key `virtual-machine.disk.sise`"],
    ["container:\n  services:\n    start: [a.service]", "unknown key `container.services.start`"],
    ["virtual-machine:\n  disk:\n    size: lots", "`virtual-machine.disk.size`: must be a number of MiB or GiB"],
    ["common:\n  trees: [../../etc]", "must be a path below the folder of the definitions"],
    ["common:\n  files:\n    - path: /../etc/passwd\n      content: x", "must be an absolute path without .."],
    ["common:\n  packages: ['--option']", "must be the name of a Debian package"],
    ["common:\n  services:\n    enable: ['--now']", "must be the name of a systemd unit"],
    ["mirror: file:///etc", "`mirror`"],
    ['virtual-machine:\n  disk:\n    cmdline: "a\\nb"', "must be printable ASCII"],
  ])("refuses %j by name", (text, message) => {
    const error = problem(least + text);
    expect(error.code).toBe("image_definition_invalid");
    expect(error.message).toContain(message);
  });

  it.each(["", "[", "a: &a [*a]", "name: [", "42", "name: mine", "suite: bookworm\nname: ../x"])(
    "refuses %j",
    (text) => {
      expect(problem(text).code).toBe("image_definition_invalid");
    },
  );

  it("never fails otherwise", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `${least}common: ${json}`),
        ),
        (text) => {
          try {
            parseDefinition(text);
          } catch (error) {
            expect((error as { code?: string }).code).toBe("image_definition_invalid");
          }
        },
      ),
    );
  });
});
