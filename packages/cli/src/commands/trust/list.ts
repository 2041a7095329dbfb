import { X509Certificate } from "node:crypto";
import type { Certificate } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "FINGERPRINT", "MAY", "PROJECTS", "EXPIRES"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List who is trusted by HTTPS, and with what.")
    .addOption(formatOption())
    .example("lodge config trust list", "names, fingerprints, roles and projects")
    .action(async ({ format }: { format: ListFormat }) => {
      const values = await (await context.client()).certificates.list();
      const empty = "Nobody is trusted by HTTPS; `lodge config trust add NAME` makes a token for somebody.";
      return printList(context, format, { values, headings, rows: values.map(row), empty });
    });

function row({ name, fingerprint, type, restricted, role, projects, certificate }: Certificate): string[] {
  const may = type === "metrics" ? "metrics" : restricted ? (role ?? "manager") : "everything";
  const expires = new X509Certificate(certificate).validToDate.toISOString().slice(0, 10);
  return [name, fingerprint.slice(0, 12), may, projects.join(", "), expires];
}

export default list;
