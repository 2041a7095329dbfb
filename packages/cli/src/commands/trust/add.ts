import { readFile } from "node:fs/promises";
import type { CertificatePut, CertificateRole, CertificateType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

interface Options {
  readonly certificate?: string;
  readonly type: CertificateType;
  readonly restricted?: true;
  readonly projects?: string;
  readonly role?: CertificateRole;
}

const roles = ["viewer", "operator", "manager"] satisfies readonly CertificateRole[];

const add: CommandFactory = (context) =>
  new LodgeCommand("add")
    .summary("Trust a client: issue a token, or take its certificate.")
    .description(
      "Print a token by which one client becomes trusted (`lodge remote add` or `lxc remote add` there), once; or trust a certificate that you have. Whoever is trusted without restriction is as powerful as root on the server.",
    )
    .argument("<client>", "what the client is called in the list of those that are trusted")
    .option("--certificate <file>", "trust this certificate (PEM) at once, and print no token")
    .addOption(
      new Option("--type <type>", "a client, or one that may read metrics and nothing else")
        .choices(["client", "metrics"] satisfies readonly CertificateType[])
        .default("client"),
    )
    .option("--restricted", "trust it with some projects alone")
    .option("--projects <names>", "these, separated by commas; implies --restricted")
    .addOption(new Option("--role <role>", "what it may do there; implies --restricted").choices(roles))
    .example("lodge config trust add laptop", "a token for the client that is to be called laptop")
    .example("lodge config trust add dashboard --projects default --role viewer", "one that may look and nothing else")
    .example(
      "lodge config trust add ci --certificate ci.crt --projects default --role operator",
      "one whose certificate you have",
    )
    .example("lodge config trust add prometheus --certificate metrics.crt --type metrics", "one that draws curves")
    .action(async (name: string, { certificate: file, ...options }: Options) => {
      const { certificates } = await context.client();
      const grant = { name, type: options.type, ...restriction(options) };
      if (file === undefined) {
        const { token } = await certificates.issueToken(grant);
        if (context.columns !== undefined)
          context.note(`Token for ${name}, to be used once: \`lodge remote add REMOTE TOKEN\``);
        return context.print(token);
      }
      const certificate = await readFile(file, "utf8").catch((cause: unknown) => {
        throw new LodgeError({ code: "file_not_found", message: `${file} cannot be read.`, cause });
      });
      await certificates.add({ ...grant, certificate });
      context.say(`Trusting ${name}`);
    });

function restriction({
  restricted,
  projects,
  role,
}: Pick<Options, "restricted" | "projects" | "role">): CertificatePut {
  if (!restricted && projects === undefined && role === undefined) return {};
  const names =
    projects
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  if (names.length === 0) {
    throw new LodgeError({
      code: "request_invalid",
      message: "A restricted client needs projects that it may see, such as --projects default.",
    });
  }
  return { restricted: true, projects: names, ...(role && { role }) };
}

export default add;
