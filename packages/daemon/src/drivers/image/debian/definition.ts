/**
 * The schema of an image definition: the YAML files of images/ and what `lodge image build FILE` takes. A definition is
 * trusted like the person who may use the daemon: its commands run as root in the new root file system.
 */
import { aliasNameSchema } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { parse } from "yaml";
import { z } from "zod";
import { parseSize } from "./size.ts";

const packageSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+(?:\/[a-z0-9-]+)?$/, "must be the name of a Debian package");
const unitSchema = z
  .string()
  .regex(/^[a-zA-Z0-9:_.@-]+\.[a-z]+$/, "must be the name of a systemd unit with its suffix");
const guestPathSchema = z
  .string()
  .refine((path) => path.startsWith("/") && !path.split("/").includes(".."), "must be an absolute path without ..");
const sourcePathSchema = z
  .string()
  .refine((path) => path !== "" && !path.startsWith("/") && !path.split("/").includes(".."), {
    message: "must be a path below the folder of the definitions",
  });
const sizeSchema = z.string().transform((text, context) => {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes % (1 << 20) !== 0) {
    context.addIssue({ code: "custom", message: "must be a number of MiB or GiB, such as 512MiB" });
    return z.NEVER;
  }
  return bytes;
});

const fileSchema = z.strictObject({
  path: guestPathSchema.describe("Where it lies in the image."),
  content: z.string(),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, "must be three or four octal digits")
    .default("0644"),
});

const commandSchema = z.union([
  z.string().min(1).describe("A line for /bin/sh in the image's root."),
  z.strictObject({
    script: sourcePathSchema.describe(
      "A shell script below the folder of the definitions; it is not left in the image.",
    ),
    arguments: z.array(z.string()).default([]),
  }),
]);

const layerShape = {
  packages: z.array(packageSchema).default([]).describe("Installed without their recommendations."),
  trees: z
    .array(sourcePathSchema)
    .default([])
    .describe(
      "Folders below that of the definitions whose content is laid over the root, owned by root, after the packages.",
    ),
  files: z.array(fileSchema).default([]).describe("Small files, after the trees."),
  commands: z.array(commandSchema).default([]).describe("Run in the root, after the files."),
  services: z
    .strictObject({
      enable: z.array(unitSchema).default([]),
      disable: z.array(unitSchema).default([]),
      mask: z.array(unitSchema).default([]),
    })
    .prefault({})
    .describe("systemd units, after the commands."),
};
const layerSchema = z.strictObject(layerShape);

const diskSchema = z.strictObject({
  size: sizeSchema.prefault("10GiB").describe("Of the whole disk. It takes no more space than what is written to it."),
  boot: sizeSchema.prefault("512MiB").describe("Of the partition with kernels."),
  timeout: z.int().min(0).max(60).default(1).describe("Seconds that the boot loader shows its menu."),
  cmdline: z
    .string()
    .regex(/^[ -~]*$/, "must be printable ASCII")
    .default("quiet")
    .describe("Kernel parameters after root=, the consoles and no_timer_check, which are always set."),
});

export const definitionSchema = z.strictObject({
  name: aliasNameSchema.describe("The alias that a build gives to the image, such as `debian/12`."),
  suite: z.string().regex(/^[a-z][a-z0-9-]*$/, "must be a Debian suite such as bookworm"),
  mirror: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Default: the mirror that the host itself uses for Debian, else deb.debian.org."),
  security: z.boolean().default(true).describe("Whether the suite has a security archive."),
  updates: z.boolean().default(true).describe("Whether the suite has an archive of updates (SUITE-updates)."),
  components: z.array(z.string().regex(/^[a-z-]+$/)).default(["main"]),
  architecture: z.enum(["amd64", "arm64"]).optional().describe("Default and, for now, always: the host's."),
  bootstrap: z
    .enum(["install", "unpack"])
    .default("install")
    .describe("`unpack`: packages are only unpacked, no script of theirs runs, nothing but what they hold is there."),
  properties: z
    .record(z.string(), z.string())
    .default({})
    .describe("Of the image; `serial` is set to the time of the build."),
  common: z.strictObject(layerShape).prefault({}).describe("What both kinds of image have."),
  container: layerSchema.prefault({}).describe("What only the container image has."),
  "virtual-machine": z
    .strictObject({ ...layerShape, disk: diskSchema.prefault({}) })
    .prefault({})
    .describe("What only the virtual machine's image has: kernel, boot loader, agents."),
});

export type ImageDefinition = z.infer<typeof definitionSchema>;
export type Layer = z.infer<typeof layerSchema>;

/** Parses a definition's text; `image_definition_invalid` names every key that does not fit. */
export function parseDefinition(text: string): ImageDefinition {
  const result = definitionSchema.safeParse(parseYaml(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(describeIssue).join("; ");
  throw invalid(`The image definition does not fit its schema: ${problems}.`, result.error);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw invalid(`The image definition is no YAML: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `\`${[...issue.path, key].join(".")}\``).join(", ");
    return `unknown key ${keys}`;
  }
  return path === "" ? issue.message : `\`${path}\`: ${issue.message}`;
}

function invalid(message: string, cause: unknown): LodgeError {
  return new LodgeError({ code: "image_definition_invalid", message, cause });
}
