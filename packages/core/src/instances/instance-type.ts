import { type Config, LodgeError } from "@lodge/api";

/** The limits that a type of instance in LXD's own notation stands for: `c2-m4` is 2 CPUs and 4 GiB; either half may be missing. */
export function limitsOfType(text: string): Config {
  const match = /^(?!-)(?:c(\d{1,4})(?=-m|$)-?)?(?:m(\d{1,6}(?:\.\d{1,3})?))?$/.exec(text);
  const [, cpus, gibibytes] = match ?? [];
  if (cpus === undefined && gibibytes === undefined) {
    throw new LodgeError({
      code: "request_invalid",
      message: `"${text}" is no type of instance; write c2-m4 for 2 CPUs and 4 GiB, or set limits.cpu and limits.memory. Names of clouds' types are not known.`,
    });
  }
  return {
    ...(cpus !== undefined && { "limits.cpu": cpus }),
    ...(gibibytes !== undefined && { "limits.memory": `${Math.round(Number(gibibytes) * 1024)}MiB` }),
  };
}
