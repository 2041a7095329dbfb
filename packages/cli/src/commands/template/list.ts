import type { Image, Template } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { byText } from "../../render/order.ts";
import { formatBytes, formatTime } from "../../render/units.ts";

const headings = ["ID", "IMAGE", "NICS", "READY", "SIZE", "CREATED", "LAST USED"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List templates, the last used first.")
    .addOption(formatOption())
    .example("lodge template list", "what launches can fork from")
    .action(async ({ format }: { format: ListFormat }) => {
      const { templates, images } = await context.client();
      const [values, known] = await Promise.all([templates.list(), images.list()]);
      values.sort(byText((template) => template.last_used_at)).reverse();
      const rows = values.map((template) => row(template, known));
      const empty = "There are no templates; the first launch of a virtual machine of an image leaves one.";
      await printList(context, format, { values, headings, rows, empty });
    });

function row({ id, fingerprint, devices, ...template }: Template, images: readonly Image[]): string[] {
  const alias = images.find((image) => image.fingerprint === fingerprint)?.aliases[0]?.name;
  const nics = Object.values(devices).filter(({ type }) => type === "nic").length;
  return [
    id,
    alias ?? fingerprint.slice(0, 12),
    String(nics),
    String(template.ready),
    formatBytes(template.size),
    formatTime(template.created_at),
    formatTime(template.last_used_at),
  ];
}

export default list;
