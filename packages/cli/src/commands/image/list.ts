import type { Image } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { imageServerWord, sourceServer } from "../../remotes/image-words.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { byText } from "../../render/order.ts";
import { formatBytes, formatTime } from "../../render/units.ts";

const headings = ["ALIAS", "FINGERPRINT", "TYPE", "ARCH", "SIZE", "CREATED", "DESCRIPTION"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List images.")
    .argument("[images]", "part of an alias, a fingerprint or a description; of another server: REMOTE: or REMOTE:PART")
    .addOption(formatOption())
    .example("lodge image list", "all images")
    .example("lodge image list images:debian/12", "what the server `images` offers of it")
    .example("lodge image list debian -f yaml", "all that is known of the Debian images")
    .action(async (given: string | undefined, { format }: { format: ListFormat }) => {
      const { images } = await context.client();
      const elsewhere = given === undefined ? undefined : imageServerWord(context.remotes, given);
      const filter = elsewhere ? elsewhere.word : given;
      const all = elsewhere ? images.offered({ ...sourceServer(context.remotes, elsewhere.remote) }) : images.list();
      const values = (await all).filter((image) => !filter || row(image).join("\n").includes(filter));
      values.sort(byText((image) => `${image.aliases[0]?.name ?? ""} ${image.type}`));
      const empty = filter
        ? `No image fits "${filter}".`
        : "There are no images yet; `lodge image build debian/12` makes one.";
      await printList(context, format, { values, headings, rows: values.map(row), empty });
    });

function row(image: Image): string[] {
  return [
    image.aliases.map(({ name }) => name).join("\n"),
    image.fingerprint.slice(0, 12),
    image.type.toUpperCase(),
    image.architecture,
    formatBytes(image.size),
    formatTime(image.created_at).slice(0, 10),
    image.properties.description ?? "",
  ];
}

export default list;
