import { LodgeError } from "@lodge/api/errors";

/** What a field of an object holds. Configuration is text throughout: `limits.cpu: 2` is the text 2. */
export type FieldKind = "text" | "boolean" | "list" | "map" | "maps";

/** What the YAML of an object may have. */
export interface ObjectShape {
  /** `an instance` */
  readonly what: string;
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Shown by `show` and not to be changed: left out. */
  readonly ignored: readonly string[];
}

/** Reads the YAML of an object. What it does not say is missing in the result; nothing at all gives an empty object. */
export async function readYamlObject(text: string, shape: ObjectShape): Promise<Record<string, unknown>> {
  if (text.trim() === "") return {};
  const { parse } = await import("yaml");
  // All scalars are read as text: 0644 and 1.10 keep their digits.
  const value: unknown = parsed(() => parse(text, { schema: "failsafe", prettyErrors: true }), shape.what);
  if (value === null || value === undefined || value === "") return {};
  if (!isMap(value)) throw wrong(shape.what, `it must be a map with ${Object.keys(shape.fields).join(", ")}`);
  const entries = Object.entries(value).filter(([name]) => !shape.ignored.includes(name));
  return Object.fromEntries(entries.map(([name, each]) => [name, field(shape, name, each)]));
}

function field({ what, fields }: ObjectShape, name: string, value: unknown): unknown {
  const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const refuse = (problem: string): never => {
    throw wrong(what, `${name} ${problem}`);
  };
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : refuse("must be text");
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      return refuse("must be true or false");
    case "list":
      if (value === "") return [];
      return Array.isArray(value) && value.every((each) => typeof each === "string")
        ? value
        : refuse("must be a list of names");
    case "map":
      if (value === "") return {};
      return isTextMap(value) ? value : refuse("must be a map of keys and values");
    case "maps":
      if (value === "") return {};
      return isMap(value) && Object.values(value).every(isTextMap)
        ? value
        : refuse("must be a map of names, each with keys and values");
    case undefined:
      return refuse(`is no field of it; there are ${Object.keys(fields).join(", ")}`);
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTextMap = (value: unknown): boolean =>
  isMap(value) && Object.values(value).every((each) => typeof each === "string");

function parsed(parse: () => unknown, what: string): unknown {
  try {
    return parse();
  } catch (error) {
    throw wrong(what, firstLine(error));
  }
}

/** Beneath it the parser draws the place. */
const firstLine = (error: unknown): string => String((error as Error).message).replace(/:?\s*(\n.*)?$/s, "");

function wrong(what: string, problem: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `This is no YAML of ${what}: ${problem}.` });
}

export const instanceShape: ObjectShape = {
  what: "an instance",
  fields: {
    architecture: "text",
    config: "map",
    description: "text",
    devices: "maps",
    ephemeral: "boolean",
    profiles: "list",
  },
  ignored: [
    "name",
    "type",
    "created_at",
    "last_used_at",
    "expanded_config",
    "expanded_devices",
    "location",
    "project",
    "stateful",
    "status",
    "status_code",
  ],
};

export const profileShape: ObjectShape = {
  what: "a profile",
  fields: { config: "map", description: "text", devices: "maps" },
  ignored: ["name", "project", "used_by"],
};

export const projectShape: ObjectShape = {
  what: "a project",
  fields: { config: "map", description: "text" },
  ignored: ["name", "used_by"],
};

export const networkShape: ObjectShape = {
  what: "a network",
  fields: { config: "map", description: "text" },
  ignored: ["name", "type", "managed", "status", "used_by", "locations"],
};

export const volumeShape: ObjectShape = {
  what: "a volume",
  fields: { config: "map", description: "text" },
  ignored: ["name", "type", "content_type", "pool", "project", "used_by", "location", "created_at"],
};

export const poolShape: ObjectShape = {
  what: "a storage pool",
  fields: { config: "map", description: "text" },
  ignored: ["name", "driver", "status", "used_by", "locations", "problem", "features"],
};

export const imageShape: ObjectShape = {
  what: "an image",
  fields: { auto_update: "boolean", expires_at: "text", profiles: "list", properties: "map", public: "boolean" },
  ignored: [
    ...["fingerprint", "type", "aliases", "architecture", "cached", "filename", "size", "created_at", "last_used_at"],
    ...["uploaded_at", "update_source", "project"],
  ],
};
