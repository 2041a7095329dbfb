import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readScreen } from "../../ocr/read-screen.ts";

const screenText: CommandFactory = (context) =>
  new LodgeCommand("text")
    .description("Print the text on a virtual machine's screen, as tesseract reads it.")
    .argument("<instance>")
    .option("--language <code>", "what it is written in, such as deu or eng+fra", "eng")
    .example("lodge screen text db", "what a person would read")
    .action(async (instance: string, { language }: { language: string }) => {
      const client = await context.client();
      context.print(await readScreen(await client.instances.screenshot(instance), language));
    });

export default screenText;
